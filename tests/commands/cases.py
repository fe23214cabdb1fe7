"""`trendmill test`: unit tests of a config that pass, that fail with a readable diff, and that are wrong.

    cases.py BINARY"""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from support import ROOT, bench

bench = bench()
CONFIG = ("test", "-c", "worker.yaml")

PASSING = """\
tests:
  - name: by a text
    text: ﾚｱｱｰｽの鉱床
    expect: {tags: [resources, rare-earth], lang: ja, tier: none, segment: none, sentiment: none, figures: {total: unknown}}
  - name: by a post
    post: {id: "1", text: "Hi @you #tag 🎉", lang: en, metrics: {likes: 120}, extra: [1, -2.5e3, null, true, "01"]}
    expect:
      tags: {lacks: [rare]}
      entities: {mentions: [you], hashtags: {has: [tag]}, emoji: [🎉], urls: []}
      figures: {total: 120}
      tier: warm
      kind: post
      routes: {enriched: yes, english: yes, by-tag: no}
  - name: JSON as a text
    post: '{"id":'
    expect: {fault: not-json}
  - name: by another input
    input: posts.framed
    post: {id: "1", hidden: false}
    expect: {kind: unhide, routes: {facts: yes, enriched: no}}
"""

FAILING = """\
tests:
  - name: a game
    text: 海底を採掘するゲーム。レアアースもレア
    expect: {tags: [sea-mining, resources, rare-earth], lang: en, routes: {english: yes}}
  - name: fine
    text: ""
    expect: {tags: []}
  - name: a fault
    post: {text: x}
    expect: {tags: []}
"""

DIFF = """\
FAIL  a game (failing.yaml:2)
      lang
        expected  en
        got       ja (by its script: 12 letters of kana)
      tags
        expected  sea-mining, resources, rare-earth
        got       rare-earth, rare, resources
        missing   sea-mining: ゲーム of `none` is there
        extra     rare: "レア" bytes 51–57
      route english
        expected  yes
        got       no (lang is ja; the route takes en, ko)
ok    fine
FAIL  a fault (failing.yaml:8)
      fault
        expected  none
        got       no-id (…)
1 passed, 2 failed
"""

WRONG = """\
tests:
  - name: a
    txt: x
    expect: {tags: [x]}
"""

WRONG_NAMES = """\
tests:
  - name: a
    text: x
    expect: {tags: {has: [rare-erth]}, tier: hott, routes: {enrichd: yes}, figures: {score: much}}
  - {name: b, expect: {}}
"""

PROBLEMS = """\
names.yaml:4:27: no tag is named "rare-erth"; did you mean "rare-earth"?
names.yaml:4:46: no tier is named "hott"; did you mean "hot"?
names.yaml:4:61: no route is named "enrichd"; did you mean "enriched"?
names.yaml:4:93: expected a number of at most four decimals, or unknown
names.yaml:5:5: a test has either text or post
"""


def run(name, text):
    return bench.run(*CONFIG, bench.write(name, text))


def check():
    passing = run("passing.yaml", PASSING)
    bench.check("tests pass", passing.returncode == 0 and passing.stdout.endswith(b"4 passed, 0 failed\n"),
                passing.stdout.decode() + passing.stderr.decode())
    failing = run("failing.yaml", FAILING)
    bench.check("a failure exits with 1", failing.returncode == 1)
    shown = re.sub(r"no-id \(.*\)", "no-id (…)", failing.stdout.decode())
    bench.check("the diff is readable", shown == DIFF, shown)
    wrong = run("wrong.yaml", WRONG)
    bench.check("a key that is not known has a hint", wrong.returncode == 2 and wrong.stderr.startswith(
        b'wrong.yaml:3:5: unknown key "txt"; did you mean "text"?\n'), wrong.stderr.decode())
    names = run("names.yaml", WRONG_NAMES)
    bench.check("names that are not known have hints", names.returncode == 2
                and names.stderr.decode().startswith(PROBLEMS), names.stderr.decode())
    bench.check("no file", bench.run(*CONFIG).returncode == 2)
    both = bench.run(*CONFIG, "passing.yaml", "wrong.yaml")
    bench.check("one bad file fails all", both.returncode == 2 and both.stdout == b"", both.stdout.decode())


# What stands beside a text: its own language decides where its script does not, and its network what routes ask for.
NETWORKS = """\
input: [{topic: posts.raw, network: x, key: id}, {topic: fedi, network: mastodon}]
rules: [rules.yaml]
routes:
  fediverse: {topic: posts.fedi, shape: event, key: network-id, when: {network: [mastodon]}}
  english: {topic: posts.english, shape: event, key: network-id, when: {lang: [en, ko]}}
dead_letters: posts.dead
kafka: {bootstrap.servers: localhost}
"""

BESIDE = """\
tests:
  - {name: said, text: Rare earth, lang: ko, expect: {lang: ko, routes: {english: yes, fediverse: no}}}
  - {name: not said, text: 123, expect: {lang: und}}
  - {name: by a region, text: "123", lang: pt-BR, expect: {lang: pt}}
  - {name: of another network, text: "123", network: mastodon, expect: {routes: {fediverse: yes}}}
"""

BAD_BESIDE = """\
tests:
  - {name: a, text: x, lang: 日本語, expect: {}}
  - {name: b, text: x, network: mastodn, expect: {}}
  - {name: c, post: {id: "1", text: x}, lang: en, expect: {}}
  - {name: d, post: {id: "1", text: x}, network: x, expect: {}}
"""

BESIDE_PROBLEMS = """\
bad.yaml:2:30: "日本語" is no language tag; write one such as ja or pt-BR
bad.yaml:3:33: no input's network is named "mastodn"; did you mean "mastodon"?
bad.yaml:4:47: lang and network go with text; a post says its own, and its network is its input's
bad.yaml:5:50: lang and network go with text; a post says its own, and its network is its input's
"""


def check_beside():
    bench.write("networks.yaml", NETWORKS)
    bench.write("beside.yaml", BESIDE)
    done = bench.run("test", "-c", "networks.yaml", "beside.yaml")
    bench.check("lang and network stand beside text", done.returncode == 0, done.stdout.decode() + done.stderr.decode())
    bench.write("bad.yaml", BAD_BESIDE)
    done = bench.run("test", "-c", "networks.yaml", "bad.yaml")
    bench.check("those that no post could have are refused", done.returncode == 2
                and done.stderr.decode().startswith(BESIDE_PROBLEMS), done.stderr.decode())


def check_junit():
    bench.write("more.yaml", "tests: [{name: 'a < b & \\ud \"c\"', text: 南鳥島, expect: {tags: [rare]}}]\n")
    done = bench.run(*CONFIG, "--junit", "out.xml", "failing.yaml", "more.yaml")
    root = ElementTree.parse(Path(bench.folder.name, "out.xml")).getroot()
    suites = [(it.get("name"), it.get("tests"), it.get("failures")) for it in root]
    bench.check("JUnit's file has a suite for each file", suites == [("failing.yaml", "3", "2"), ("more.yaml", "1", "1")], suites)
    cases = [(it.get("name"), it.get("file"), it.get("line"), it.find("failure") is not None) for it in root.iter("testcase")]
    bench.check("and each test with its place", cases == [
        ("a game", "failing.yaml", "2", True), ("fine", "failing.yaml", "5", False), ("a fault", "failing.yaml", "8", True),
        ('a < b & \\ud "c"', "more.yaml", "1", True)], cases)
    said = root.find(".//failure").text
    bench.check("a failure says what the terminal says", said in done.stdout.decode() and "extra     rare:" in said, said)
    bench.check("the exit code is the same", done.returncode == 1)
    bench.check("a file that cannot be written", bench.run(*CONFIG, "--junit", "no/out.xml", "failing.yaml").returncode == 1)


def check_shipped():
    config = ROOT / "config"
    done = bench.run("test", "-c", str(config / "worker.yaml"), str(config / "rules.test.yaml"))
    bench.check("the shipped rules pass their own tests", done.returncode == 0, done.stdout.decode() + done.stderr.decode())


check()
check_beside()
check_junit()
check_shipped()
bench.exit()
