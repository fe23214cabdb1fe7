"""explain --at: a post is fetched from where it is, and a place without one says why."""
import json

from confluent_kafka import Producer

from posts import FIRST_MS
from support import trendmill
from test_replay import delete_records


def post(id, text="レアアースの泥を調べる"):
    return json.dumps({"id": id, "text": text}).encode()


def write(place):
    """Partition 0: 0 and 1 are gone, then a post, a tombstone, two posts in one record; 1: an aborted record and its mark."""
    producer = Producer({"bootstrap.servers": place.brokers, "transactional.id": place.prefix})
    producer.init_transactions()
    topic = place.topic("raw")
    several = b"[" + post("8") + b"," + post("9") + b"]"
    producer.begin_transaction()
    for n, value in enumerate([post("1"), post("2"), post("3"), None, several]):
        producer.produce(topic, value, str(n), partition=0, timestamp=FIRST_MS + n)
    producer.commit_transaction()
    producer.begin_transaction()
    producer.produce(topic, post("7"), "7", partition=1)
    producer.flush()
    producer.abort_transaction()
    delete_records(place, {0: 2})


def test_a_post_is_explained_where_it_is(place):
    place.create(["raw"], partitions=3)
    write(place)
    config = place.config(name="at")
    topic = place.topic("raw")

    def at(where, *flags):
        return trendmill("explain", "-c", config, "--at", where, *flags)

    done = at(f"{topic}/0/2", "--json")
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert found["id"] == "3" and "rare-earth" in found["tags"]
    records = [it for it in found["routes"] if it["taken"]]
    assert records, found["routes"]
    several = at(f"{topic}/0/4", "--json")
    assert [json.loads(line)["id"] for line in several.stdout.splitlines()] == ["8", "9"], several.stdout.decode()

    for where, says in [
        (f"{topic}/0/1", "is gone: the partition holds offsets from 2 on"),
        (f"{topic}/0/3", "is a tombstone"),
        (f"{topic}/0/5", "holds no record: compaction took it"),            # the mark of the commit
        (f"{topic}/0/99", "is not there: the partition ends before 6"),
        (f"{topic}/1/0", "holds no record: compaction took it"),            # aborted
        (f"{topic}/2/0", "holds no record"),
        (f"{topic}/3/0", "has 3 partitions, numbered from 0: there is no 3"),
        ("nowhere/0/0", "no input has the topic \"nowhere\""),
    ]:
        done = at(where)
        assert done.returncode == 2 and says in done.stderr.decode() and not done.stdout, (where, done.stderr.decode())

    gone = place.config(name="gone", input=[{"topic": place.topic("gone"), "key": "id"}])
    done = trendmill("explain", "-c", gone, "--at", f"{place.topic('gone')}/0/0")
    assert done.returncode == 3 and "is not there" in done.stderr.decode(), done.stderr.decode()
