"""Mistakes that people make: one line says the place, the cause and what to write instead, and nothing that only follows
from it is said beside.

    messages.py BINARY"""


from support import bench

bench = bench()

WORKER = """\
input: [{topic: posts.raw, network: x, key: id}]
rules: [rules.yaml]
routes: {enriched: {topic: posts.enriched, shape: event}}
dead_letters: posts.dead
kafka: {bootstrap.servers: localhost}
"""
RULES = """\
version: 1
tags:
  ev: {any: [ev]}
"""
INPUT = "[{topic: posts.raw, network: x, key: id}]"
ROUTE = "{topic: posts.enriched, shape: event}"

# What is replaced in worker.yaml, by what, the place, and words of the message: its cause and its remedy.
IN_WORKER = [
    ("[rules.yaml]", "rules.yaml", "2:8", "expected a list", "write [rules.yaml]"),
    ("[rules.yaml]", "{a: rules.yaml}", "2:8", "expected a list", '"- "'),
    ("[rules.yaml]", "[]", "2:8", '"rules" is empty', "name at least one file"),
    ("[rules.yaml]", "", "2:7", "got nothing", "expected a list"),
    ("rules.yaml", "rule.yaml", "2:9", "rule.yaml cannot be read", "No such file"),
    ("rules.yaml", ".", "2:9", "cannot be read", "Is a directory"),
    (INPUT, "{topic: posts.raw}", "1:8", "expected a list", '"- "'),
    (INPUT, "posts.raw", "1:8", "expected a list", "write [{topic: …}]"),
    (INPUT, "[posts.raw]", "1:9", "expected a map", "write {topic: …}"),
    ("network: x", "network: [x]", "1:37", "expected text, got a list", "give one"),
    ("network: x", "format: x", "1:28", 'unknown key "format"', "known are topic, preset"),
    ("{enriched: " + ROUTE + "}", "[" + ROUTE + "]", "3:9", "got a list", "NAME:"),
    (ROUTE, "posts.enriched", "3:20", "expected a map", "write {topic: …, shape: …}"),
    ("event}", "event, when: {tags: [ev]}}", "3:71", "expected a map", "any, all, none"),
    ("event}", "event, when: {lang: ja}}", "3:71", "expected a list", "write [ja]"),
    ("shape: event", "shape: events", "3:51", "event, facts or by-tag", 'did you mean "event"'),
    ("{bootstrap.servers: localhost}", "{bootstrap.servers: localhost, producer: {linger.ms: 5}}", "5:49",
     "got a map", "kafka.producer"),
    ("{bootstrap.servers: localhost}", "{bootstrap.servers: localhost, consumer: {fetch.min.bytes: 5}}", "5:49",
     "got a map", "kafka.consumer"),
    ("{bootstrap.servers: localhost}", "{bootstrap: {servers: localhost}}", "5:20", "got a map", "bootstrap.servers"),
    ("{bootstrap.servers: localhost}", "localhost:9092", "5:8", "expected a map", "write {bootstrap.servers: …}"),
    ("localhost}", "[a, b]}", "5:28", "got a list", "whole name"),
    ("bootstrap.servers", "bootstrap.server", "5:9", "knows no property", 'did you mean "bootstrap.servers"'),
    ("localhost}", "localhost, linger.mss: 5}", "5:39", "knows no property", 'did you mean "linger.ms"'),
    ("localhost}", "localhost, linger.ms: five}", "5:50", 'refuses "five"', "CONFIGURATION.md"),
    ("{bootstrap.servers: localhost}", "{}", "5:8", "bootstrap.servers is missing", "HOST:PORT"),
    ("localhost}", "${BROKERS}}", "5:8", "no valid YAML", "needs quotes"),
    ("[rules.yaml]", "[rules.yaml", "2:8", "no valid YAML", "this [ is not closed"),
    ("input:", "\tinput:", "1:1", "no valid YAML", "indent with blanks"),
]

# Mistakes of which others would follow: a second part of worker.yaml is changed too, and is fine but for the first.
FOLLOWING = [
    (INPUT, "posts.raw", "1:8", "skip: [posts.raw/0/1]"),
    ("topic: posts.raw", "topc: posts.raw", "1:10", "skip: [posts.raw/0/1]"),
    ("network: x", "netwrok: x", "1:28", ""),
    (ROUTE, "posts.enriched", "3:20", "trends: {from: enriched}"),
    ("event}", "fact}, facts: {topic: f, shape: facts}", "3:51", "trends: {}"),
]

# Added to worker.yaml as its sixth line.
MORE = [
    ('http: "0.0.0.0:9464"', "6:7", "expected a port, or a map", 'write {address: "0.0.0.0", port: 9464}'),
    ('http: ":9464"', "6:7", "expected a port, or a map", "port: 9464"),
    ('http: "[::]:9464"', "6:7", "expected a port, or a map", 'address: "::"'),
    ("http: yes", "6:7", "expected a port, or a map", 'got "yes"'),
    ("http: [9464]", "6:7", "expected a port, or a map", "got a list"),
    ("http: 0", "6:7", "out of range", "1 to 65535"),
    ("lanes: two", "6:8", "expected auto", "from 1 to 256"),
    ("lanes: -1", "6:8", "expected auto", "from 1 to 256"),
    ("lanes: 0", "6:8", "out of range", "1 to 256"),
    ("lanes: [2]", "6:8", "expected auto", "from 1 to 256"),
    ("commit: {bytes: 4MB}", "6:17", "expected a size", "write 4MiB"),
    ("commit: {bytes: 4 mb}", "6:17", "expected a size", "write 4MiB"),
    ("commit: {bytes: 64K}", "6:17", "expected a size", "write 64KiB"),
    ('commit: {posts: "20,000"}', "6:17", "expected a whole number", "write 20000"),
    ("commit: {interval: 200}", "6:20", "expected a duration", "200ms or 200s"),
    ("commit: 200ms", "6:9", "expected a map", "interval, bytes, posts"),
    ("stuck_timeout: 5 min", "6:16", "expected a duration", "write 5m"),
    ("stuck_timeout: 90sec", "6:16", "expected a duration", "write 90s"),
    ("delivery: exactly-once", "6:11", "exactly_once or at_least_once", 'did you mean "exactly_once"'),
    ("log: debug", "6:6", "expected a map", "format, level"),
    ("kafka.prodcuer: {linger.ms: 1}", "6:1", "unknown key", 'did you mean "kafka.producer"'),
    ("skip: [posts.raw]", "6:8", "TOPIC/PARTITION/OFFSET", "posts.raw/3/991"),
    ("trends: {}", "6:9", 'no route is named "facts"', "facts"),
    ("kafka.producer: {transaction.timeout.ms: 100}", "6:42", "outside allowed range", "CONFIGURATION.md"),
    ("group: a: b", "6:9", "no valid YAML", "needs quotes"),
    ("group:a", "6:1", "no valid YAML", 'a key ends with ": "'),
]

# The same of rules.yaml.
IN_RULES = [
    ("{any: [ev]}", "\n    any:\n      - #ev", "5:8", "got nothing", 'write "#ev" in quotes'),
    ("{any: [ev]}", "\n    any:\n      - ev\n      - #電気自動車", "6:8", "got nothing", 'write "#電気自動車" in quotes'),
    ("[ev]", "[#ev]", "3:14", "no valid YAML", 'write "#ev" in quotes'),
    ("[ev]", "[ev, #evs]", "3:18", "no valid YAML", 'write "#evs" in quotes'),
    ("[ev]", "[@ann]", "3:14", "no valid YAML", 'write "@ann" in quotes'),
    ("[ev]", "[*car]", "3:14", "aliases", "in quotes"),
    ("[ev]", "[&car]", "3:14", "anchors", "in quotes"),
    ("[ev]", "[!car]", "3:18", "no valid YAML", "needs quotes"),
    ("[ev]", '["ev]', "3:14", "no valid YAML", "not closed"),
    ("  ev:", "\tev:", "3:1", "no valid YAML", "indent with blanks"),
    ("{any: [ev]}", "\n\t\tany: [ev]", "4:1", "no valid YAML", "indent with blanks"),
    ("[ev]", "[a: b: c]", "3:13", "no valid YAML", "needs quotes"),
    ("[ev]", '["re:\\d+"]', "3:18", "no valid YAML", "single quotes"),
    ("[ev]", "['re:x*']", "3:14", "matches the empty text", "write + for *"),
    ("[ev]", "['re:x?']", "3:14", "matches the empty text", "a letter that must be there"),
    ("[ev]", "['re:']", "3:14", "matches the empty text", "a letter that must be there"),
    ("[ev]", "['re:(?<!x)ev']", "3:14", "not supported", "by except or none"),
    ("[ev]", "['re:(?<=x)ev']", "3:14", "not supported", "by except or none"),
    ("[ev]", "['re:ev(?=x)']", "3:14", "not supported", "by except or none"),
    ("[ev]", "['re:(a)\\1']", "3:14", "not supported", "(aa|bb)"),
    ("[ev]", "['re:(ev']", "3:14", "Missing close parenthesis", "\\ before a sign"),
    ("[ev]", "[{trm: ev}]", "3:15", 'unknown key "trm"', 'did you mean "term"'),
    ("[ev]", "[{lst: ev}]", "3:15", 'unknown key "lst"', 'did you mean "list"'),
    ("[ev]", "[{tag: evs}]", "3:20", "no tag is named", "evs"),
    ("[ev]", "ev", "3:13", "expected a list", "write [ev]"),
    ("{any: [ev]}", "[ev]", "3:7", "expected a map", "its keys are any"),
    ("  ev:", "  - ev:", "3:3", "expected a map", "NAME:"),
    ("[ev]", "['file:cars.txt']", "3:14", "a file of terms is a list", "{list: NAME}"),
    ("version: 1", "version: one", "1:10", "expected a whole number", 'got "one"'),
    ("version: 1", "version: 1\nmatched: Yes", "2:10", "expected true or false", "write true"),
    ("version: 1", "version: 1\nengagement: {weights: {retweets: 2}}", "2:24", "unknown key", 'did you mean "reposts"'),
    ("version: 1", "version: 1\nengagement: {weights: {favourites: 2}}", "2:24", "unknown key", 'did you mean "likes"'),
    ("version: 1", "version: 1\nlists: {cars: cars.txt}\n", "2:15", "expected a list", '"file:cars.txt"'),
    ("version: 1", "version: 1\nlists: {cars: 'file:nope.txt'}\n", "2:15", "nope.txt cannot be read", "No such file"),
    ("version: 1", "version: 1\nwords: cars.txt", "2:8", "expected a list", "write [cars.txt]"),
    ("version: 1", "verson: 1", "1:1", "unknown section", 'did you mean "version"'),
    ("version: 1", "version: 1\nlists: [cars]", "2:8", "expected a map", "NAME:"),
    ("version: 1", "version: 1\nlist: {cars: [ev]}", "2:1", "unknown section", 'did you mean "lists"'),
    ("version: 1", "version: 1\nlexicon: {}", "2:1", "unknown section", "lexicon"),
]

# A bare file name is no mistake for certain: a warning.
WARNED = [
    ("version: 1", "version: 1\nwords: [cars.txt]", "2:9", "cars.txt", '"file:cars.txt"'),
    ("version: 1", "version: 1\nlists: {cars: [cars.txt]}", "2:16", "cars.txt", '"file:cars.txt"'),
    ("{any: [ev]}", "{from: [cars.txt]}", "3:15", "cars.txt", '"file:cars.txt"'),
]

ON_THE_LINE = [
    (["check", "--confg", "worker.yaml"], 'unknown option "--confg"', 'did you mean "--config"'),
    (["check", "worker.yaml"], 'unexpected argument "worker.yaml"', "check -c worker.yaml"),
    (["worker.yaml"], 'no command "worker.yaml"', "-c worker.yaml"),
    (["chek"], 'no command "chek"', 'did you mean "check"'),
    (["check", "-c"], "--config needs a value", "--config FILE"),
    (["replay", "--rate"], "--rate needs a value", "--rate RATE"),
    (["check", "-x"], 'unknown option "-x"', "--help"),
    (["check", "--json=1"], "--json takes no value", "leave =1 out"),
    (["explain", "-c", "worker.yaml", "--at", "posts.raw/58"], "expected TOPIC/PARTITION/OFFSET", "posts.raw/3/991"),
    (["explain", "-c", "worker.yaml", "--at", "posts.rw/0/58"], "no input has the topic", "posts.rw"),
    (["explain", "-c", "worker.yaml", "--at", "posts.raw/0/58", "post.json"], "names post and input", "leave post.json out"),
    (["replay", "-c", "worker.yaml", "--from", "1h", "--to", "latest", "--texts"], "--texts", "give --diff too"),
    (["check"], "no config", "-c FILE"),
    (["check", "-c", "wroker.yaml"], "wroker.yaml", "No such file"),
    (["replay", "-c", "worker.yaml", "--from", "1h", "--to", "latest", "--in-place", "--rate", "5 MB"], "expected posts a second",
     "5MiB/s"),
    (["replay", "-c", "worker.yaml", "--from", "1h", "--to", "latest", "--in-place", "--memory", "64MB"], "expected a size",
     "64MiB"),
    (["replay", "-c", "worker.yaml", "--from", "yesterday", "--to", "latest"], "expected earliest, latest", "6h"),
]


def run(*arguments, worker=WORKER, rules=RULES):
    bench.write("worker.yaml", worker)
    bench.write("rules.yaml", rules)
    bench.write("cars.txt", "ev\n")
    done = bench.run(*arguments)
    return done.returncode, done.stderr.decode()


def expect(what, said, file, place, words, code):
    lines = said.splitlines()
    bench.check(f"{what}: the place", bool(lines) and lines[0].startswith(f"{file}:{place}: "), said)
    for word in words:
        bench.check(f"{what}: says {word!r}", word in said, said)
    bench.check(f"{what}: nothing follows from it", len(lines) == 2 and "1 problem" in lines[1], said)
    bench.check(f"{what}: the exit code", code == 2, str(code))


def check_files():
    for written, instead, place, *words in IN_WORKER:
        assert written in WORKER, written
        code, said = run("check", "-c", "worker.yaml", worker=WORKER.replace(written, instead, 1))
        expect(instead, said, "worker.yaml", place, words, code)
    for written, instead, place, line in FOLLOWING:
        worker = WORKER.replace(written, instead, 1).replace("event}", "event, key: network-id, when: {network: [x]}}") + line + "\n"
        code, said = run("check", "-c", "worker.yaml", worker=worker)
        expect(instead, said, "worker.yaml", place, (), code)
    for line, place, *words in MORE:
        code, said = run("check", "-c", "worker.yaml", worker=WORKER + line + "\n")
        expect(line, said, "worker.yaml", place, words, code)
    for written, instead, place, *words in IN_RULES:
        assert written in RULES, written
        rules = RULES.replace(written, instead, 1)
        if "lists:" in rules or "list: {" in rules:
            rules = rules.replace("any: [ev]", "any: [{list: cars}]")
        code, said = run("check", "-c", "worker.yaml", rules=rules)
        expect(instead, said, "rules.yaml", place, words, code)
    for written, instead, place, *words in WARNED:
        rules = RULES.replace(written, instead, 1)
        if "lists:" in rules:
            rules = rules.replace("any: [ev]", "any: [{list: cars}]")
        code, said = run("check", "-c", "worker.yaml", rules=rules)
        bench.check(f"{instead}: warned of", f"rules.yaml:{place}: warning: " in said and all(it in said for it in words)
                    and code == 0, said)


def check_lines():
    for arguments, *words in ON_THE_LINE:
        code, said = run(*arguments)
        bench.check(f"{arguments}: the exit code", code == 2, str(code))
        for word in words:
            bench.check(f"{arguments}: says {word!r}", word in said, said)


check_files()
check_lines()
bench.exit()
