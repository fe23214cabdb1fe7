"""Writes seeds and dictionaries of every fuzz target: OUT/TARGET_seed_corpus.zip and OUT/TARGET.dict.

    seeds.py OUT

They are made of the golden tests, the shipped samples, config and lexicons, what fuzzing found (findings/), and the
few lines below; the same files give the same seeds."""

import json
import re
import sys
import zipfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GOLDEN = ROOT / "tests/golden"
SAMPLES = ROOT / "config/samples/posts.jsonl"

INPUTS = ["canonical", "framed", "x-api-v2", "mastodon", "jetstream", "mapping"]     # of posts.yaml, in its order
AS_IT_IS, REPEATED = b"\0", b"\xd0"     # the first byte of a text: see fuzz_repeated
AS_TEXT = b"\x80"                       # the first byte of a post: see post.c
FRAME = b"\0\0\0\0\1"
MOST_SAMPLES = 60

TEXTS = [
    "", "a", "南鳥島のレアアース、どう思う？", "#レア #ＲＥＥ ＃深海 @someone ＠誰か/list $TSLA", "no... ", "not- good ", "RT @a: good ",
    "https://t.co/abc http://例え.jp/道?q=1#x example.com/a(b)c www.example.co.jp", "soooooo gooood ", "AA GOOD nice!!! ",
    "👩‍💻👍🏽🇯🇵1️⃣❤️", "か\u3099 ｶﾞ e\u0301\u0316 ﷺ ㍿ \u1112\u1161\u11ab", "…、。「」“quoted”", "\u200d\ufe0f\u200d", "3.5 t.co 1,000",
    "楽しくないわけじゃないけど", "wouldn't, couldn't, shan't", "..... ", "! ", "? ", "「", "」", "(´･ω･｀)", ":) ", "10/10 ",
]
HTML = [
    "<p>海底の話 <a href=\"https://example.com/a\"><span class=\"invisible\">https://</span><span class=\"ellipsis\">example.com/a"
    "</span></a></p>", "<p class=\"quote-inline\">RE: x</p><p>a<br>b</p>", "<ul><li>a<li>b</ul><pre> a\n b</pre>", "<", "&", "&amp;",
    "&#x1F6A2;&#0;&#99999999;&notin;&notit;", "<!-- a --><script>x</script><style>y</style><![CDATA[z]]>", "<p <p <p", "<a b='c' d=\"e\"",
    "</p></div></", "<blockquote><p>a</p></blockquote>",
]
JSON = [
    "{}", "[]", "null", "-0", "[1e400]", "[9223372036854775807,-9223372036854775808,18446744073709551615]", "{\"a\":1,\"a\":2}",
    "\"\\ud83c\\uddef\\u0000\"", "\"\\ud83c\"", "[0.1,1e-400,5e-324,1.7976931348623157e308]", "[[[[[[[[]]]]]]]]", "{\"a\\u0000b\":1}",
    "{" + ",".join(f"\"k{i}\":{i}" for i in range(130)) + "}",
]
REPLAYS = [
    "--from=earliest\n--to=latest", "--from=0:100,1:250\n--to=0:200,1:300\n--partitions=0,1\n--input=posts.raw",
    "--from=2026-04-10T09:00:00+09:00\n--to=6h\n--rate=5MB/s\n--memory=64MiB\n--name=a.b-c_1", "--from=7d\n--to=latest\n--dry-run",
    "--from=earliest\n--to=latest\n--route=facts,dead_letters\n--in-place", "--from=earliest\n--to=latest\n--dead\n--fault=no-id",
    "--from=earliest\n--to=latest\n--to-topic=facts=posts.facts.new,events=posts.events.new\n--rate=500",
    "--from=1h\n--to=latest\n--diff\n--page=/dev/null\n--report=/dev/null", "--from=1h\n--to=latest\n--verify",
]
HTTP = [
    "\0GET /probe HTTP/1.1\r\nHost: localhost\r\n\r\n", "\0GET /status?a=1 HTTP/1.1\r\nHost: worker-1:9100\r\nAccept: text/html\r\n\r\n",
    "\0HEAD /%2e/../status HTTP/1.0\r\n\r\n", "\0POST /status HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 2\r\n\r\nab",
    "\0GET http://trend.example/status HTTP/1.1\r\nHost: other.example\r\n\r\n", "\0OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "\0GET /probe HTTP/1.1\r\nHost: localhost\r\n\r\nGET /tags/a HTTP/1.1\r\nHost: worker-1\r\n\r\n",
    "\0GET /probe HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "\0GET /status HTTP/1.1\r\nHost: a\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "\0trend.example.", "\x00127.0.0.1:1",
    "\1HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n", "\1HTTP/1.0 503 no\r\n\r\n", "\1HTTP/", "\1\r\n\r\n",
]
RULES = [
    "version: 1\ntags:\n  a: {any: [x, 're:a+b', {term: c, except: [cd]}], all: [{any: [e, f]}], none: [g], near: 3, implies: [b]}\n"
    "  b: {any: ['#tag', 'word:レア', '@handle', 'from:someone']}\naliases: {x: [y, z]}\nentities: strings\nmatched: true\n",
    "version: 2\nsentiment: {terms: {en: {good: 2, bad: -2}, any: {😊: 2}}, quoted: half}\n"
    "engagement: {weights: {reposts: 2}, min_age: 1h, tiers: {by: total, hot: 10}}\nsegments: {labels: {10s/male: ten}}\n",
]
LEXICONS = {
    0: ["lang: en\nterms: {words: {2: [good], -1: [bad]}}\nnegations: {-0.75: [not]}\nintensifiers: {1.5: [very]}\ncontrast: [but]\n"],
    1: ["great\t3\nlate\t-1\n"],
    2: ["great\t3.1\t0.5\t[3, 3, 3, 3, 3, 3, 3, 3, 3, 3]\n"],
    3: ["良い\tp\t〜である・になる（評価・感情）主観\n"],
    4: ["ポジ（評価）\t良い\nネガ（経験）\t泣く て いる\n"],
}
HTTP_WORDS = ["GET ", "HEAD ", "POST ", " HTTP/1.1\r\n", " HTTP/1.0\r\n", "Host: ", "Accept: ", "Connection: keep-alive\r\n", "\r\n", "\r\n\r\n",
              "Content-Length: ", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "localhost", "worker-1", "trend.example",
              "127.0.0.1", "[::1]", "::1", "http://", "/probe", "/status", "%2f", "%00", "?", "#", "@", ":", " 200 "]
SIGNS = ["<", ">", "</", "/>", "<!--", "-->", "&#x", "&amp;", "&nbsp;", "class=\"", "href=\"", "<p>", "<br>", "<pre>", "<span ", "invisible",
         "ellipsis", "quote-inline", "<script>", "</script>", "<li>", "<![CDATA["]
TEXT_WORDS = ["://", "http://", "https://", "www.", ".com", ".jp", ".co.jp", "t.co/", "#", "＃", "@", "＠", "$", "\u200d", "\ufe0f",
              "\u20e3", "\u3099", "\u0301", "👍", "🏽", "🇯", "RT @", "...", "…", "「", "」", "“", "”", "not ", "no ", "n't", "ない", "とても",
              "but ", "が、", "！", "？", "、", "。", "､", "ー", "ﾞ", "ﷺ", "㍿", "한", "\u1161", "(", ")", "/", "?", "&", "=", "~", "-", "_"]
JSON_WORDS = ["{", "}", "[", "]", ":", ",", "\"", "null", "true", "false", "\\u0000", "\\ud83c\\uddef", "1e308", "-0", "9223372036854775807",
              "\\\"", "\"2026-05-01T09:00:00+09:00\"", "\"id\":"]
YAML_WORDS = [": ", "- ", "{", "}", "[", "]", "\n", "\n  ", "'", "\"", "|\n", ">\n", "${", "${A:-b}", "#", "re:", "word:", "from:", "~", "!!", "&a", "*a"]
REPLAY_WORDS = ["earliest", "latest", "6h", "7d", "0:100", ",", ":", "=", "500", "5MB/s", "200kB/s", "64MiB", "posts.raw", "posts.old",
                "dead_letters", "facts", "events", "2026-04-10T09:00:00+09:00", "no-id"]


def lines(*paths):
    for path in paths:
        yield from (line for line in path.read_bytes().split(b"\n") if line)


def records():
    """Raw posts with the number of the input that they are meant for."""
    for case in sorted(GOLDEN.glob("*/worker.yaml")):
        preset = case.parent.name.removeprefix("story-")
        number = INPUTS.index(preset) if preset in INPUTS else 0
        for line in lines(case.parent / "posts.jsonl"):
            yield number, line
    for line in list(lines(SAMPLES))[:MOST_SAMPLES]:
        yield 0, line
        yield 1, FRAME + line


def texts():
    yield from (text.encode() for text in TEXTS)
    for number, line in records():
        if number == 0 and (found := member(line, "text")):
            yield found.encode()


def member(line, name):
    try:
        value = json.loads(line)
    except ValueError:
        return None
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) and "\ud7ff" not in found and found.isprintable() else None


def as_texts(found):
    for text in found:
        yield AS_IT_IS + text
        if len(text) < 40:
            yield REPEATED + text


def markup():
    yield from (text.encode() for text in HTML)
    for _, line in records():
        if found := member(line, "content"):
            yield found.encode()


def posts():
    for number, line in records():
        yield bytes([number]) + line
    for text in texts():
        yield AS_TEXT + AS_IT_IS + text
        if len(text) < 40:
            yield AS_TEXT + REPEATED + text


def files(*patterns):
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            yield path.read_bytes()


def lexicons():
    for form, given in LEXICONS.items():
        yield from (bytes([form]) + text.encode() for text in given)
    for text in files("config/lexicon/*.yaml", "tests/golden/sentiment/ja.yaml"):
        yield bytes([0]) + text[:4000].rpartition(b"\n")[0] + b"\n"


def keys_of(value):
    """The names of all members of a JSON value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def post_words():
    """Names of members, as they are quoted."""
    found = set()
    for _, line in records():
        try:
            found.update(keys_of(json.loads(line)))
        except ValueError:
            pass
    return JSON_WORDS + sorted(f"\"{name}\"" for name in found if name.isprintable())


def yaml_words(*schemas):
    """Keys and choices of a schema."""
    found = set()
    for name in schemas:
        text = (ROOT / f"config/{name}.schema.json").read_text()
        for properties in re.findall(r'"properties": *\{[^{}]*|"enum": *\[[^\]]*\]', text):
            found.update(re.findall(r'"([\w.-]+)"', properties))
        found.update(name for name in keys_of(json.loads(text)) if re.fullmatch(r"[a-z_.]+", name))
    return YAML_WORDS + sorted(found - {"properties", "enum", "type", "description"})


def lexicon_words():
    """Every word that does something to others, and some that are terms."""
    found = []
    for path in sorted((ROOT / "config/lexicon").glob("*.yaml")):
        for section, inner in yaml.safe_load(path.read_text()).items():
            words = [word for word in strings(inner) if len(word.encode()) < 32]
            found += words[::20] if section == "terms" else words[:40]
    return found


def strings(value):
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from strings(inner)


TARGETS = {
    "cases": (lambda: files("config/rules.test.yaml"), lambda: yaml_words("tests")),
    "config": (lambda: files("config/worker.yaml", "deploy/config/worker.yaml", "tests/golden/*/worker.yaml"), lambda: yaml_words("worker")),
    "decode": (lambda: [*(text.encode() for text in JSON), *(line for _, line in records())], post_words),
    "fold": (lambda: as_texts(texts()), lambda: TEXT_WORDS),
    "html": (lambda: as_texts(markup()), lambda: SIGNS),
    "http": (lambda: (text.encode() for text in HTTP), lambda: HTTP_WORDS),
    "lexicon": (lexicons, lambda: yaml_words("lexicon") + ["\t", "ポジ", "ネガ", "\tp\t", "\tn\t"]),
    "post": (posts, lambda: post_words() + TEXT_WORDS + lexicon_words()),
    "presets": (lambda: (bytes([number]) + line for number, line in records()), post_words),
    "replay": (lambda: (text.encode() for text in REPLAYS), lambda: REPLAY_WORDS + re.findall(r"--[a-z-]+=?", "\n".join(REPLAYS))),
    "rules": (lambda: [*(text.encode() for text in RULES), *files("tests/golden/*/rules.yaml")], lambda: yaml_words("rules")),
    "text": (lambda: as_texts(texts()), lambda: TEXT_WORDS),
}


def write_seeds(path, found):
    """The same bytes for the same seeds: no time, one order."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for number, seed in enumerate(dict.fromkeys(found)):
            out.writestr(zipfile.ZipInfo(f"{number:04}"), seed)


def quoted(word):
    return "".join(chr(b) if 32 <= b < 127 and b not in b"\"\\" else f"\\x{b:02x}" for b in word.encode())


def main(out):
    for target, (seeds, words) in TARGETS.items():
        findings = [path.read_bytes() for path in sorted((HERE / "findings" / target).glob("*"))]
        write_seeds(out / f"{target}_seed_corpus.zip", [*seeds(), *findings])
        (out / f"{target}.dict").write_text("".join(f"\"{quoted(word)}\"\n" for word in dict.fromkeys(words()) if word))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
