"""`trendmill check`: what can never work is said with its place and a remedy, for people and for programs.

    check.py BINARY"""

import json
import re

from support import bench

bench = bench()

WORKER = """\
input: [{topic: a, network: mastodon, key: id}]
rules: [never.rules.yaml]
routes: {o: {topic: b, shape: event, when: {network: [mastodn], tags: {all: [ev], any: [x], none: [ev, x]}}}}
dead_letters: d
kafka: {bootstrap.servers: localhost}
"""

NEVER = """\
version: 1
aliases: {日本: [倭国]}
tags:
  ev: {any: ["#to kyo", "#ev*", "regex:a+", /ev/, {term: 倭国, except: [日本酒]}, {term: 日本, except: [倭国酒]}]}
  x: {any: [], from: ["file:handles.txt"]}
  y: {lang: [ja, ko], any: [{term: a, except: [], in: [], lang: []}, {term: b, lang: [en]}, {term: c, lang: [ja]}]}
  z: {any: ["@ann", {term: "@bea", in: [links]}, "word:@cy"], in: [text]}
engagement: {tiers: {by: score, hot: 5, warm: 5}}
sentiment: {positive: 15, negative: -0.2}
segments: {labels: {40s: x, 40s/male: y, "?/?": z, 40s/Male: a, 110s/female: b, 35s/male: c, 18-24/x: d}}
"""

WARNINGS = ["ends with a comma", "it has a blank", "a hashtag ends at a blank", "* is no part of a hashtag",
            "an expression begins with re:", '"re:ev"', "any is empty", "no count has a weight", 'no post is ever "warm"',
            '"40s" is never a segment', '"?/?" is never a segment', 'did you mean "mastodon"', "is in all and in none",
            "every tag of any is in none", "no score is above 1", "except is empty", "in is empty", "lang is empty",
            "its rule asks for other languages, at line 6", '{term: "ann", in: [mentions]}', '{term: "cy", in: [mentions]}',
            'did you mean "40s/male"', '"110s/female" is never a segment: age bands', '"35s/male" is never a segment: age bands']


def check(*options, config="never.yaml"):
    return bench.run("check", "-c", config, *options)


def check_warnings():
    done = check()
    said = done.stderr.decode()
    for warning in WARNINGS:
        bench.check(f"check says {warning!r}", said.count(warning) == 1, said)
    bench.check("and nothing else", said.count("\n") == len(WARNINGS), said)
    bench.check("warnings are no errors", done.returncode == 0 and b"%d warnings" % len(WARNINGS) in done.stdout, done.stdout)
    bench.check("but are no absence of problems", b"no problem" not in done.stdout, done.stdout)
    bench.check("--strict takes none", check("--strict").returncode == 2)


def check_json():
    done = check("--json")
    problems = json.loads(done.stdout)
    bench.check("each is in the list", len(problems) == len(WARNINGS), done.stdout)
    bench.check("with its place", all(p["file"] and p["line"] and p["col"] and p["severity"] == "warning" for p in problems))
    bench.check("and nothing is on stderr", not done.stderr, done.stderr)
    bench.write("bad.yaml", WORKER.replace("topic: a", "topc: a"))
    done = check("--json", config="bad.yaml")
    bench.check("an error is one", done.returncode == 2 and "error" in {p["severity"] for p in json.loads(done.stdout)},
                done.stdout)


def check_languages():
    for written, meant in (("jp", "ja"), ("english", "en"), ("ja-JP", "ja"), ("EN", "en"), ("cmn", "zh")):
        bench.write("lang.rules.yaml", f"version: 1\ntags: {{a: {{any: [x], lang: [{written}]}}}}\n")
        bench.write("lang.yaml", WORKER.replace("never.", "lang."))
        said = check(config="lang.yaml").stderr.decode()
        bench.check(f"{written} is {meant}", f'did you mean "{meant}"?' in said, said)


ROUTES = """\
  facts: {topic: b, shape: facts, post: none, when: {kind: [update], tags: {any: [ev]}}}
  tags: {topic: t, shape: by-tag, text: false}
  e: {topic: e, shape: event, text: true, when: {at_least: {total: 10}, below: {total: 10, likes: 0, views: 5}}}
"""
ROUTE_WARNINGS = ["write different shapes to one compacted topic", 'shape facts has no use for "post"',
                  'shape by-tag has no use for "text"', 'shape event has no use for "text"', "an update of counts has no text",
                  "no total is below this and at least", "no likes is below this"]


def check_routes():
    routes = "routes:\n  events: {topic: b, shape: event}\n" + ROUTES
    bench.write("routes.yaml", re.sub("routes: .*\n", routes, WORKER).replace("never.", "routes."))
    bench.write("routes.rules.yaml", "version: 1\ntags: {ev: {any: [x]}}\n")
    said = check(config="routes.yaml").stderr.decode()
    for warning in ROUTE_WARNINGS:
        bench.check(f"check says {warning!r}", said.count(warning) == 1, said)
    bench.check("and nothing else of routes", said.count("\n") == len(ROUTE_WARNINGS), said)
    fine = routes.replace("topic: b, shape: facts, post: none, when: {kind: [update], tags", "topic: f, shape: facts, when: {tags")
    bench.write("routes.yaml", re.sub("routes: .*\n", fine, WORKER).replace("never.", "routes."))
    said = check(config="routes.yaml").stderr.decode()
    bench.check("topics of their own are fine", "compacted" not in said and "update" not in said, said)


def check_weights():
    for tiers, warning in (("", "no post ever has a score"), (", tiers: {by: total, hot: 5}", "no post ever has a score"),
                           (", tiers: {by: score, hot: 5}", "no post ever has a tier")):
        bench.write("weights.rules.yaml", f"version: 1\nengagement: {{weights: {{likes: 0}}{tiers}}}\n")
        bench.write("weights.yaml", re.sub("routes: .*", "routes: {o: {topic: b, shape: event}}", WORKER).replace("never.", "weights."))
        said = check(config="weights.yaml").stderr.decode()
        bench.check(f"weights of 0 alone{tiers}", said.count("\n") == 1 and warning in said, said)


def check_no_problem():
    done = check("--strict", config="worker.yaml")
    bench.check("without a problem it says so", done.returncode == 0 and b"no problem" in done.stdout, str(done))
    done = check("--json", config="worker.yaml")
    bench.check("an empty list", json.loads(done.stdout) == [], done.stdout)


bench.write("never.yaml", WORKER)
bench.write("never.rules.yaml", NEVER)
bench.write("handles.txt", "ann,\n# fine\nben kim\n")
check_warnings()
check_json()
check_languages()
check_routes()
check_weights()
check_no_problem()
bench.exit()
