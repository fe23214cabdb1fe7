#!/usr/bin/python3
"""Accounts for every post: what came of it on each route, in which order, byte by byte.

Reads the inputs at read_committed and asks `trendmill pipe --records` what must come of each post; of
each record that must come it keeps eight bytes, a hash of key, value, headers and timestamp. Then it
reads every output once, at read_committed, and looks each record up by its source.

  lost           a record that must be there and is not
  twice          one more than must be there
  out of order   on one partition of an output, behind a record that is later in its source partition
  wrong bytes    it is there, but key, value, headers or timestamp differ
  strange        a record of no post that was read (an aborted one, or made up)
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from array import array
from datetime import datetime, timezone

from confluent_kafka import Consumer, KafkaError, TopicPartition

CHUNK = 20_000              # posts for one run of pipe
PLACES = 20                 # violations that are listed, of each sort
SILENT_SECONDS = 60
OPEN_SECONDS = 60           # for transactions of killed workers to be given up by the brokers
SLACK = 400                 # of a record beside its value: source, key, headers, overhead
VIOLATIONS = ("lost", "twice", "out of order", "wrong bytes", "strange")

SOURCE = re.compile(rb',"source":\{"topic":"([^"]+)","partition":(\d+),"offset":(\d+),"timestamp":(\d+)\}\}$')
POST_ID = re.compile(rb'\s*\{\s*"id"\s*:\s*"([^"\\]*)"')
RECORD_ID = re.compile(rb'\{"v":1,"id":"([^"\\]*)"')
PIPE_LINE = re.compile(rb'\{"topic":"([^"\\]+)","key":"([^"\\]*)","headers":\{\},"value":')


class Trouble(Exception):
    """The account cannot be made: not a violation, but no proof either."""


# ---- Reading

def new_consumer(brokers, isolation="read_committed"):
    return Consumer({
        "bootstrap.servers": brokers, "group.id": "faults-verify", "isolation.level": isolation,
        "enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "earliest",
        "queued.max.messages.kbytes": 65536, "log_level": 0,
    })


def partitions_of(consumer, topic):
    found = consumer.list_topics(topic, timeout=20).topics[topic]
    if found.error or not found.partitions:
        raise Trouble(f"topic {topic}: {found.error or 'no partitions'}")
    return sorted(found.partitions)


def read(brokers, topic, partitions):
    """Yields the messages in lists, each partition from its first record to its present end."""
    consumer = new_consumer(brokers)
    left, heard = set(partitions), time.monotonic()
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    while left:
        good = []
        for message in consumer.consume(2_000, 0.05):
            heard = time.monotonic()
            if not message.error():
                good.append(message)
            elif message.error().code() == KafkaError._PARTITION_EOF:
                left.discard(message.partition())
        if good:
            yield good
        if time.monotonic() - heard > SILENT_SECONDS:
            raise Trouble(f"topic {topic}: the brokers do not answer")
    consumer.close()


def wait_until_closed(brokers, topics):
    """An open transaction hides all that follows it; the brokers end those of the dead after a while."""
    stable, all_ = new_consumer(brokers), new_consumer(brokers, "read_uncommitted")
    deadline = time.monotonic() + OPEN_SECONDS
    for topic in topics:
        for partition in partitions_of(all_, topic):
            place = TopicPartition(topic, partition)
            while stable.get_watermark_offsets(place, timeout=10) != all_.get_watermark_offsets(place, timeout=10):
                if time.monotonic() > deadline:
                    raise Trouble(f"{topic}/{partition}: a transaction stays open")
                time.sleep(0.2)
    stable.close()
    all_.close()


# ---- What must come

def id_of(value):
    found = POST_ID.match(value)
    if found:
        return found[1]
    try:
        return str(json.loads(value)["id"]).encode()
    except (ValueError, TypeError, KeyError):
        return None


def line_of(message):
    """What pipe reads for a record: its value; for a null the hide that it means."""
    if message.value() is not None:
        return message.value()
    when = datetime.fromtimestamp(message.timestamp()[1] / 1000, timezone.utc)
    return json.dumps({"id": message.key().decode(), "hidden": True,
                       "observed_at": when.isoformat(timespec="milliseconds")}).encode()


def print_of(key, value, headers, timestamp):
    return hash((key, value, tuple(headers or ()), timestamp))


class Pipe:
    """Asks the worker's own line, without a broker, what comes of posts."""

    def __init__(self, binary, config):
        self.command = [binary, "pipe", "-c", config, "--records"]

    def run(self, folder, topic, lines):
        given, dead = folder / "posts", folder / "dead"
        given.write_bytes(b"\n".join(lines) + b"\n")
        with open(given, "rb") as stdin, open(folder / "records", "wb") as stdout:
            subprocess.run(self.command + ["--input", topic, "--dead", dead], stdin=stdin, stdout=stdout,
                           check=True)
        faults = {}
        for line in dead.read_bytes().splitlines():
            letter = json.loads(line)
            faults[letter["line"]] = (letter["fault"].encode(), letter["message"].encode())
        return open(folder / "records", "rb"), faults

    def ask(self, topic, messages):
        """For each message its records [(topic, key, value)] and its fault, or None."""
        lines, numbers, ids_before = [], [], set()
        for message in messages:
            line = line_of(message)
            id_ = id_of(line)
            if id_ in ids_before:
                lines.append(b'{"id":"|","hidden":true}')       # keeps two of one id apart
                ids_before.clear()
            ids_before.add(id_)
            lines.append(line)
            numbers.append(len(lines))
        answers = [([], None) for _ in messages]
        with tempfile.TemporaryDirectory(prefix="trendmill-verify-") as folder:
            records, faults = self.run(pathlib.Path(folder), topic, lines)
            index_of = {number: i for i, number in enumerate(numbers)}
            ids = [None if number in faults else id_of(line) for number, line in enumerate(lines, 1)]
            at = 0
            with records:
                for text in records:
                    head = PIPE_LINE.match(text)
                    key, value = head[2], text[head.end():-2]
                    id_ = key if value == b"null" else RECORD_ID.match(value)[1]
                    while ids[at] != id_:
                        at += 1                                 # an IndexError here: pipe made a post up
                    if at + 1 in index_of:
                        answers[index_of[at + 1]][0].append(
                            (head[1].decode(), key, None if value == b"null" else value))
            for number, fault in faults.items():
                answers[index_of[number]] = ([], fault)
        return answers


class Expected:
    """Every record that must come, in the order of its source partition."""

    def __init__(self, outputs, dead, limits, swept, refused, stray):
        self.outputs = outputs + [dead]
        self.dead, self.limits = dead, limits
        self.refused = refused      # (topic, partition, offset) of each dead letter of that fault
        self.stray = set() if stray else None   # (slot, offset) of refused posts of which other records may be there
        self.prints = array("q")
        self.output = bytearray()
        self.seen = bytearray()
        self.tops = []              # (topic, partition) of each source partition
        self.first = []             # of each: index of the first record by offset, -1 where no post is
        self.count = []             # of each: how many records by offset
        self.by_name = {}           # header n to source, for posts of which records without a source come
        self.nothing = 0
        self.posts = collections.Counter()
        self.swept = swept          # by source partition: before that offset compaction was at work
        self.swept_posts = collections.Counter()
        self.faults = collections.Counter()

    def open(self, topic, partition):
        self.tops.append((topic, partition))
        self.first.append(array("q"))
        self.count.append(bytearray())

    def add(self, message, records, fault):
        first, count = self.first[-1], self.count[-1]
        gap = message.offset() - len(first)
        first.extend([-1] * gap)
        count.extend(bytes(gap))
        refused = self.is_refused(records, (message.topic(), message.partition(), message.offset()))
        if refused:
            records, fault = [], (b"refused", None)
        if refused and self.stray is not None:
            self.stray.add((len(self.tops) - 1, message.offset()))
        first.append(len(self.prints))
        count.append(len(records) + (fault is not None))
        if count[-1] == 0:
            self.nothing += 1
        timestamp = message.timestamp()[1]
        for topic, key, value in records:
            self.put(topic, print_of(key, value, message.headers(), timestamp))
        if fault:
            self.faults[fault[0].decode()] += 1
            self.put(self.dead, print_of(message.key(), message.value(),
                                         (message.headers() or []) + [fault], timestamp))
        self.posts[message.topic()] += 1
        self.swept_posts[message.topic()] += self.is_swept(len(self.tops) - 1, message.offset())
        if any(value is None for _, _, value in records):
            self.by_name[name_of(message.headers())] = (len(self.tops) - 1, message.offset())

    def put(self, topic, print_):
        self.prints.append(print_)
        self.output.append(self.outputs.index(topic))
        self.seen.append(0)

    def is_refused(self, records, place):
        """Between the limits that a topic had it depends on the moment; the dead letter says so."""
        for topic, _, value in records:
            low, high = self.limits.get(topic, (1_000_000, 1_000_000))
            size = len(value or b"") + SLACK
            if size > high or (size > low and place in self.refused):
                return True
        return False

    def is_swept(self, slot, offset):
        return offset < self.swept.get(self.tops[slot], 0)

    def range_of(self, slot, offset):
        if offset >= len(self.first[slot]) or self.first[slot][offset] < 0:
            return None
        first = self.first[slot][offset]
        return range(first, first + self.count[slot][offset])


def name_of(headers):
    return next((value for name, value in headers or () if name == "n"), None)


def refused_places(brokers, dead):
    """The sources of all dead letters that brokers rejected."""
    consumer = new_consumer(brokers)
    partitions, places = partitions_of(consumer, dead), set()
    consumer.close()
    for messages in read(brokers, dead, partitions):
        for message in messages:
            own = dict(message.headers() or ())
            if own.get("trendmill.fault") == b"refused":
                places.add((own["trendmill.topic"].decode(), int(own["trendmill.partition"]), int(own["trendmill.offset"])))
    return places


def expect(options, say):
    # Without transactions a record that was written before another one of its post was rejected stays.
    expected = Expected(options.output, options.dead, options.limit, options.swept,
                        refused_places(options.brokers, options.dead), options.delivery == "at_least_once")
    pipe = Pipe(options.bin, options.config)
    consumer = new_consumer(options.brokers)
    places = [(topic, partition) for topic in options.input for partition in partitions_of(consumer, topic)]
    consumer.close()
    for topic, partition in places:
        expected.open(topic, partition)
        chunk = []
        for messages in read(options.brokers, topic, [partition]):
            chunk += messages
            if len(chunk) >= CHUNK:
                add_all(expected, pipe, topic, chunk)
                chunk = []
        add_all(expected, pipe, topic, chunk)
    say(f"{sum(expected.posts.values()):,} posts read, {len(expected.prints):,} records must come of them")
    return expected


def add_all(expected, pipe, topic, messages):
    if messages:
        for message, (records, fault) in zip(messages, pipe.ask(topic, messages)):
            expected.add(message, records, fault)


# ---- What came

class Account:
    def __init__(self, expected, spared):
        self.expected, self.spared = expected, spared
        self.slot_of = {top: slot for slot, top in enumerate(expected.tops)}
        self.by_output = {name: collections.Counter() for name in expected.outputs}
        self.places = {kind: [] for kind in VIOLATIONS}
        self.last = {}              # (output, its partition, source partition) to the last record there

    def note(self, kind, output, place, more=""):
        self.by_output[output][kind] += 1
        if len(self.places[kind]) < PLACES:
            self.places[kind].append(f"{place} on {output}{more}")

    def is_spared(self, output, slot, offset):
        """Written, maybe, to a topic that was deleted since; or never read, if compaction was quicker."""
        topic, partition = self.expected.tops[slot]
        return (offset < self.spared.get((output, topic, partition), 0)
                or self.expected.is_swept(slot, offset))

    def place(self, slot, offset):
        topic, partition = self.expected.tops[slot]
        return f"{topic}/{partition}/{offset}"

    def take(self, output, message):
        self.by_output[output]["found"] += 1
        read_ = self.read_letter if output == self.expected.dead else self.read_record
        source, print_ = read_(message)
        here = f"{output}/{message.partition()}/{message.offset()}"
        range_ = source and self.expected.range_of(*source)
        if range_ is None and source and self.expected.is_swept(*source):
            self.by_output[output]["not counted"] += 1          # read before compaction took it
            return None
        if range_ is None:
            where = self.place(*source) if source else "no known post"
            return self.note("strange", output, where, f" at {here}: was not read as input")
        slot, offset = source
        entry = self.find(output, range_, print_)
        if entry is None and source in (self.expected.stray or ()):
            self.by_output[output]["not counted"] += 1
            return None
        if entry is None:
            return self.note("strange", output, self.place(slot, offset), f" at {here}: nothing must come of it")
        if self.expected.seen[entry]:
            self.expected.seen[entry] = min(self.expected.seen[entry] + 1, 255)
            if not self.is_spared(output, slot, offset):
                self.note("twice", output, self.place(slot, offset), f" at {here}")
            return None
        self.expected.seen[entry] = 1
        if self.expected.prints[entry] != print_:
            self.note("wrong bytes", output, self.place(slot, offset), f" at {here}")
        return self.check_order(output, message, slot, entry, offset)

    def find(self, output, range_, print_):
        """The entry that this record is; else one that is still missing; else one of the same output."""
        number = self.expected.outputs.index(output)
        same = [i for i in range_ if self.expected.output[i] == number]
        for entry in same:
            if self.expected.prints[entry] == print_:
                return entry
        return next((i for i in same if not self.expected.seen[i]), same[0] if same else None)

    def check_order(self, output, message, slot, entry, offset):
        place = (output, message.partition(), slot)
        last, last_offset = self.last.get(place, (-1, -1))
        if entry < last:
            self.note("out of order", output, self.place(slot, offset),
                      f" at {message.partition()}/{message.offset()}, behind {last_offset}")
        else:
            self.last[place] = entry, offset

    def read_record(self, message):
        value, headers, timestamp = message.value(), message.headers(), message.timestamp()[1]
        if value is None:
            return (self.expected.by_name.get(name_of(headers)),
                    print_of(message.key(), None, headers, timestamp))
        found = SOURCE.search(value, max(0, len(value) - 400))
        if not found:
            return None, 0
        source = self.source(found[1].decode(), int(found[2]), int(found[3]))
        if int(found[4]) != timestamp:
            timestamp = -1
        return source, print_of(message.key(), value[:found.start()] + b"}", headers, timestamp)

    def read_letter(self, message):
        own = {name: value for name, value in message.headers() or () if name.startswith("trendmill.")}
        rest = [(name, value) for name, value in message.headers() or () if not name.startswith("trendmill.")]
        try:
            source = self.source(own["trendmill.topic"].decode(), int(own["trendmill.partition"]),
                                 int(own["trendmill.offset"]))
            fault, why = own["trendmill.fault"], own["trendmill.message"]
            timestamp = int(own["trendmill.timestamp"])
        except (KeyError, ValueError):
            return None, 0
        if not own.get("trendmill.rules"):
            timestamp = -1
        fault = (fault, None if fault == b"refused" else why)
        return source, print_of(message.key(), message.value(), rest + [fault], timestamp)

    def source(self, topic, partition, offset):
        slot = self.slot_of.get((topic, partition))
        return None if slot is None else (slot, offset)

    def count_missing(self):
        """Goes through all that had to come: what was never seen is lost, unless it is spared."""
        expected = self.expected
        for slot, first in enumerate(expected.first):
            for offset, start in enumerate(first):
                if start < 0:
                    continue
                for entry in range(start, start + expected.count[slot][offset]):
                    output = expected.outputs[expected.output[entry]]
                    if self.is_spared(output, slot, offset):
                        self.by_output[output]["not counted"] += not expected.seen[entry]
                        continue
                    self.by_output[output]["expected"] += 1
                    if not expected.seen[entry]:
                        self.note("lost", output, self.place(slot, offset))


# ---- All of it

def verify(options, say=lambda words: None):
    """The whole account, as data. options: see the arguments below."""
    began = time.monotonic()
    wait_until_closed(options.brokers, options.input + options.output + [options.dead])
    expected = expect(options, say)
    account = Account(expected, options.spare)
    for output in expected.outputs:
        consumer = new_consumer(options.brokers)
        partitions = partitions_of(consumer, output)
        consumer.close()
        for messages in read(options.brokers, output, partitions):
            for message in messages:
                account.take(output, message)
        say(f"{output} read: {account.by_output[output]['found']:,} records")
    account.count_missing()
    totals = {kind: sum(of[kind] for of in account.by_output.values()) for kind in VIOLATIONS}
    there = expected.posts - expected.swept_posts
    missing = {topic: options.acked[topic] - there[topic] for topic in options.acked
               if options.acked[topic] > there[topic]}
    allowed = {"twice"} if options.delivery == "at_least_once" else set()
    return {
        "posts": sum(expected.posts.values()), "compacted": sum(expected.swept_posts.values()),
        "posts_by_input": dict(expected.posts),
        "expected": len(expected.prints), "dead_letters": dict(expected.faults), "nothing": expected.nothing,
        "outputs": {name: dict(of) for name, of in account.by_output.items()},
        "totals": totals, "places": account.places, "acknowledged_but_gone": missing,
        "good": not any(totals[kind] for kind in VIOLATIONS if kind not in allowed)
                and not missing and sum(expected.posts.values()) > 0,
        "seconds": round(time.monotonic() - began, 1),
    }


def print_account(account, out=sys.stdout):
    dead = ", ".join(f"{name} {count:,}" for name, count in sorted(account["dead_letters"].items()))
    inputs = ", ".join(f"{topic} {count:,}" for topic, count in account["posts_by_input"].items())
    print(f"posts         {account['posts']:,}  ({inputs})", file=out)
    print(f"dead letters  {sum(account['dead_letters'].values()):,}  ({dead})", file=out)
    print(f"nothing       {account['nothing']:,}  (of these posts rightly nothing comes)", file=out)
    columns = ("expected", "found") + VIOLATIONS + ("not counted",)
    print("\n" + "output".ljust(16) + "".join(name.rjust(14) for name in columns), file=out)
    for name, of in account["outputs"].items():
        print(name.ljust(16) + "".join(f"{of.get(column, 0):,}".rjust(14) for column in columns), file=out)
    for kind, places in account["places"].items():
        total = account["totals"][kind]
        if total:
            print(f"\n{kind}: {total:,}" + (f", the first {len(places)}" if total > len(places) else ""), file=out)
            for place in places:
                print("  " + place, file=out)
    for topic, count in account["acknowledged_but_gone"].items():
        print(f"\n{topic}: {count:,} posts that the brokers acknowledged are gone from the input", file=out)


def verdict(account, delivery):
    totals = account["totals"]
    counts = ", ".join(f"{kind} {totals[kind]:,}" for kind in VIOLATIONS)
    if not account["posts"]:
        return "Nothing proven: no post was read."
    if not account["good"]:
        return f"VIOLATED, {account['posts']:,} posts: {counts}."
    if delivery == "at_least_once":
        return f"All {account['posts']:,} posts are accounted for: {counts} (twice is allowed here)."
    return f"All {account['posts']:,} posts are accounted for: {counts}."


def limit(text):
    topic, _, sizes = text.rpartition("=")
    low, _, high = sizes.partition(",")
    return topic, (int(low), int(high or low))


def spare(text):
    place, _, offset = text.rpartition("<")
    output, topic, partition = place.split("/")
    return (output, topic, int(partition)), int(offset)


def sweep(text):
    place, _, offset = text.rpartition("<")
    topic, _, partition = place.rpartition("/")
    return (topic, int(partition)), int(offset)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--bin", required=True, help="the trendmill whose pipe says what must come")
    parser.add_argument("--config", required=True, help="worker.yaml, the same that the workers ran")
    parser.add_argument("--input", nargs="+", required=True, metavar="TOPIC")
    parser.add_argument("--output", nargs="+", required=True, metavar="TOPIC", help="topics of the routes")
    parser.add_argument("--dead", required=True, metavar="TOPIC", help="topic of dead letters")
    parser.add_argument("--delivery", choices=["exactly_once", "at_least_once"], default="exactly_once")
    parser.add_argument("--limit", type=limit, action="append", default=[], metavar="TOPIC=BYTES[,BYTES]",
                        help="a post of which a larger record would go there must be a dead letter, refused; between "
                             "two limits it may be")
    parser.add_argument("--spare", type=spare, action="append", default=[], metavar="OUTPUT/TOPIC/PARTITION<OFFSET",
                        help="posts before that offset are not missed on that output: it was deleted since")
    parser.add_argument("--swept", type=sweep, action="append", default=[], metavar="TOPIC/PARTITION<OFFSET",
                        help="posts before that offset may have been compacted away before they were read, or since")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    options.limit, options.spare, options.swept = dict(options.limit), dict(options.spare), dict(options.swept)
    options.acked = {}
    return options


def main():
    options = arguments()
    try:
        account = verify(options, lambda words: print(words, file=sys.stderr))
    except Trouble as trouble:
        print(f"verify: {trouble}", file=sys.stderr)
        return 2
    print_account(account)
    print("\n" + verdict(account, options.delivery))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(account, indent=1))
    return 0 if account["good"] else 1


if __name__ == "__main__":
    sys.exit(main())
