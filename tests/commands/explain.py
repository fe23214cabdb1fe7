"""`trendmill explain`: what it says of a post, for people and for programs.

    explain.py BINARY"""

import json
import os
import pty
import unicodedata

from support import bench, post

bench = bench()
CONFIG = ("explain", "-c", "worker.yaml")

HARD = post("倭国の①ﾚｱｱｰｽ、か\u3099んばれ🇯🇵\n南鳥島で採掘するゲーム「\u001b[31m赤」 ＃南鳥島の泥 " + "長い行" * 20,
            created_at="2026-04-10T06:00:00+09:00", observed_at="2026-04-10T13:00:00+09:00",
            author={"id": "1", "handle": "kaiyo", "followers": 1000}, metrics={"reposts": 55, "likes": 200})


def words(stdin, *options):
    done = bench.run(*CONFIG, *options, stdin=stdin)
    bench.check("explain succeeds", done.returncode == 0, done.stderr.decode())
    return done.stdout.decode()


def document(stdin, *options):
    return json.loads(words(stdin, "--json", *options))


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in line)


def rule(explained, tag):
    return next(rule for rule in explained["rules"] if rule["tag"] == tag)


def check_says(part, text):
    bench.check(f"explain says {part!r}", part in text, text)


def check_words():
    text = words(HARD)
    for part in ('"ﾚｱｱｰｽ" bytes 12–27 by レアアース', '"倭国" bytes 0–6 by 日本 (another name of it)', "implied by rare-earth",
                 "except レアアース covers it", "ゲーム of `none` is there", "= 55 reposts + 200 likes = 255",
                 "unknown: replies is not known", "= 255 / 7 h = 36.4286", "warm: total 255 reaches 100; hot from 1000",
                 "not taken: at_least: score is not known", "not taken: lang is ja; the route takes en, ko",
                 "event to posts.enriched, key 7"):
        check_says(part, text)
    bench.check("no control character passes", not any(ord(c) < 32 and c != "\n" for c in text), repr(text))
    for line in text.splitlines():
        bench.check("80 columns hold every line", columns(line) <= 80, line)


def check_pointers():
    """Without colour, a row below the text points at what was hit, column for column."""
    lines = words(HARD).splitlines()
    at = next(i for i, line in enumerate(lines) if "ﾚｱｱｰｽ" in line)
    bench.check("the pointers are below the bytes", lines[at + 1] == "  ^^^^   ^^^^^", "\n".join(lines[at:at + 2]))


def check_known_word():
    """A hit that a known word cut is shown with that word."""
    bench.write("edges.rules.yaml", "version: 1\nwords: [本当]\ntags: {a: {any: [日本, japan]}}\n")
    bench.write("edges.yaml", "input: [{topic: a, key: id}]\nrules: [edges.rules.yaml]\n"
                "routes: {o: {topic: b, shape: facts}}\ndead_letters: d\nkafka: {bootstrap.servers: localhost}\n")
    arguments = ("explain", "-c", "edges.yaml")
    said = bench.run(*arguments, stdin=post("今日本当に")).stdout.decode()
    check_says("the known word 本当 crosses its edge", " ".join(said.split()))
    said = bench.run(*arguments, stdin=post("https://example.com/japan @japan")).stdout.decode()
    check_says("it is within a link", " ".join(said.split()))
    check_says("it is within a mention or a mail address", " ".join(said.split()))
    explained = json.loads(bench.run(*arguments, "--json", stdin=post("今日本当に")).stdout.decode())
    bench.check("cut by a word", rule(explained, "a")["cancelled"][0]["word"] == "本当", str(explained["rules"]))


def check_json():
    explained = document(HARD)
    text = json.loads(HARD)["text"].encode()
    for each in explained["rules"]:
        for hit in each["hits"] + each["cancelled"]:
            start, end = hit["bytes"]
            bench.check("bytes are those of the text", text[start:end].decode() == hit["text"], str(hit))
    bench.check("the tags", explained["tags"] == ["rare-earth", "japan", "resources"], str(explained["tags"]))
    bench.check("cancelled by an except", rule(explained, "rare")["cancelled"][0]["except"] == "レアアース")
    bench.check("a near miss", rule(explained, "sea-mining")["missed"] == "ゲーム of `none` is there")
    bench.check("a figure", explained["found"]["total"] == {"how": "55 reposts + 200 likes", "value": 255})
    bench.check("an unknown figure", "value" not in explained["found"]["score"])
    bench.check("a hashtag's place", rule(explained, "rare-earth")["hits"][1]["text"] == "＃南鳥島の泥")
    taken = {route["route"]: route["taken"] for route in explained["routes"]}
    bench.check("routes", taken == {"enriched": True, "facts": False, "by-tag": True, "english": False}, str(taken))


MOOD = {
    "worker.yaml": "input: [{topic: a, key: id}]\nrules: [mood.rules.yaml]\nroutes: {o: {topic: b, shape: facts, "
                   "when: {sentiment: [positive]}}}\ndead_letters: d\nkafka: {bootstrap.servers: localhost}\n",
    "rules.yaml": "version: 1\nsentiment: {lexicons: [mood.ja.yaml]}\n",
    "ja.yaml": "lang: ja\nterms: {adjectives: {2: [楽しい]}, words: {-1: [雨]}}\nintensifiers: {1.5: [とても]}\n"
               "negations: {-0.75: [ない]}\ncontrast: [けど]\n",
}


def check_sentiment():
    for name, text in MOOD.items():
        bench.write("mood." + name, text)
    arguments = ("explain", "-c", "mood.worker.yaml")
    said = bench.run(*arguments, stdin=post("ﾄﾃﾓ楽しくないけど、雨", lang="ja")).stdout.decode()
    for part in ('"楽しく" bytes 9–18: 2', "雨", "sum", "lang", "negative: score "):
        check_says(part, said)
    said = " ".join(bench.run(*arguments, stdin=post("とても楽しくないけど、雨", lang="ja")).stdout.decode().split())
    for part in ("2 × 1.5 (stronger by とても) × -0.75 (negated by ない) × 0.5 (before a contrast) = -1.125",
                 "-1 × 1.3 (behind a contrast) = -1.3", "sum -2.425",
                 "score -0.5307 = -2.425 / √(2.425² + 15); positive from 0.15, negative from -0.15",
                 "sentiment is negative; the route takes positive"):
        check_says(part, said)
    explained = json.loads(bench.run(*arguments, "--json", stdin=post("楽しい", lang="ja")).stdout)
    term = {"term": "楽しい", "text": "楽しい", "bytes": [0, 9], "weight": 2, "value": 2, "turns": []}
    bench.check("sentiment as JSON", explained["sentiment"] == {"sum": 2, "terms": [term]}, str(explained["sentiment"]))
    near = bench.run(*arguments, stdin=post("楽しくないけど", lang="ja")).stdout.decode()
    check_says("only 0.0401 from the threshold -0.15", " ".join(near.split()))
    check_says("no lexicon of en is loaded", bench.run(*arguments, stdin=post("x", lang="en")).stdout.decode())


def check_other_records():
    bench.check("a fault", document(b'{"text": "x"}')["fault"] == "no-id")
    check_says("no-id", words(b'{"text": "x"}'))
    bench.check("a hide", document(b'{"id": "1", "hidden": true}')["says"] == "hide")
    check_says("a tombstone to posts.enriched", words(b'{"id": "1", "hidden": true}'))
    bench.check("an update", document(b'{"id": "1", "metrics": {"likes": 1}}')["says"] == "update")
    bench.check("a reply", document(post("x", in_reply_to="1"))["says"] == "reply")
    framed = document(b"\0\0\0\0\1" + post("レアアース"), "--input", "posts.framed")
    bench.check("a framed post", framed["tags"] == ["rare-earth", "resources"], str(framed))


def check_usage():
    several = bench.run(*CONFIG, stdin=post("a") + b"\n" + post("b") + b"\n")
    bench.check("several posts are explained one after another",
                several.returncode == 0 and several.stdout.count(b"\nRoutes\n") == 2, str(several))
    missing = bench.run(*CONFIG, "no-such-file.json")
    bench.check("a missing file", missing.returncode == 1 and b"no-such-file.json" in missing.stderr, str(missing))
    two = bench.run(*CONFIG, "a.json", "b.json")
    bench.check("two files are refused", two.returncode == 2, str(two))


def on_a_terminal(environment):
    path = bench.write("hard.json", HARD.decode())
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(bench.folder.name)
        os.execve(bench.binary, [bench.binary, *CONFIG, path], environment)
    out = b""
    try:
        while chunk := os.read(terminal, 65536):
            out += chunk
    except OSError:
        pass
    os.waitpid(pid, 0)
    os.close(terminal)
    return out


def check_colour():
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    bench.check("a terminal has colour", "\033[1;32;4mﾚｱｱｰｽ\033[0m".encode() in on_a_terminal(plain))
    bench.check("NO_COLOR has none", b"\033[" not in on_a_terminal({**plain, "NO_COLOR": "1"}))


check_words()
check_pointers()
check_known_word()
check_json()
check_sentiment()
check_other_records()
check_usage()
check_colour()
bench.exit()
