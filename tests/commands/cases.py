"""`trendmill test`: unit tests of a config that pass, that fail with a readable diff, and that are wrong.

    cases.py BINARY"""

import re

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


def check_shipped():
    config = ROOT / "config"
    done = bench.run("test", "-c", str(config / "worker.yaml"), str(config / "rules.test.yaml"))
    bench.check("the shipped rules pass their own tests", done.returncode == 0, done.stdout.decode() + done.stderr.decode())


check()
check_shipped()
bench.exit()
