#!/usr/bin/env python3
"""The pages of trends in headless Chromium, served by the program: what they say against the API, at each width, in both
languages, light and dark; keyboard, contrast, axe-core, nothing asked for elsewhere, no script, hostile posts, files.

    pages.py BINARY [--screenshots DIR]"""
import argparse
import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, unquote

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from browser import CHROMIUM, Browser          # noqa: E402

WIDTHS = (390, 768, 1280)
TAG, BEFORE = "/tags/rare-earth", "2026-04-09T22:00:00+09:00"
UNITS = {"ja": ("ポスト", "ポジティブ"), "en": ("posts", "positive")}
MOMENT = {"ja": "2026年4月10日(金) 16:00", "en": "Fri 10 Apr 2026, 16:00"}
MAIN_SEGMENT = {"ja": "40代/男性", "en": "40s/male"}
LABEL = {"ja": "レアアース", "en": "Rare earths"}

HOSTILE = {"v": 1, "id": '../"><script>document.title="x"</script>', "kind": "post", "subject": '../"><script>document.title="x"</script>',
           "as_of": 1775804000000, "created": 1775804000000, "lang": "ar", "author": "<b>1", "handle": "\u202ekcits",
           "url": "javascript:document.title='x'", "hashtags": ["a/b<i>"],
           "text": "<img src=x onerror=\"document.title='x'\"> \u202eنص & https://t.co/a\"b \n\n" + "あ" * 300 + "W" * 400, "reposts": 3}

# The least contrast of what is read on the page. Backgrounds are plain; what is hidden by being cut away is not read.
CONTRAST = """(() => {
    const parts = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(it => it / 255).map(it => it <= .03928 ? it / 12.92 : ((it + .055) / 1.055) ** 2.4)
        .reduce((sum, it, at) => sum + it * [.2126, .7152, .0722][at], 0);
    const behind = it => { for (; it; it = it.parentElement) { const c = parts(getComputedStyle(it).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
        return [255, 255, 255]; };
    let least = [99, ""];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const it = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || it.closest(".hidden, .skip") || !it.getClientRects().length) continue;
        const [a, b] = [light(parts(getComputedStyle(it).color)), light(behind(it))];
        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (ratio < least[0]) least = [ratio, it.outerHTML.slice(0, 200)];
    }
    return least;
})()"""

POSTS = """[...document.querySelectorAll('.post')].map(it => ({
    figure: it.querySelector('.figure b').textContent, text: it.querySelector('.text')?.textContent,
    lang: it.querySelector('.text')?.lang, rels: [...it.querySelectorAll('.text a')].map(a => a.rel)}))"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Pages:
    def __init__(self, binary, folder):
        self.binary, self.folder, self.failures = os.path.abspath(binary), Path(folder), []
        self.port = free_port()
        self.here = f"http://localhost:{self.port}"
        config = {"group": "pages", "input": [{"topic": "posts.raw"}], "rules": [str(ROOT / "config/rules.yaml")],
                  "routes": {"facts": {"topic": "posts.facts", "shape": "facts"}}, "dead_letters": "posts.dead",
                  "kafka": {"bootstrap.servers": "localhost:1"},
                  "trends": {"http": self.port, "hide_contact": "mailto:hide@example.com", "api_contact": "https://example.com/api"}}
        (self.folder / "worker.yaml").write_text(json.dumps(config))
        posts = (ROOT / "config/samples/posts.jsonl").read_bytes()
        rows = self.run("pipe", "--shape", "facts", stdin=posts) + json.dumps(HOSTILE).encode() + b"\n"
        self.run("trends", "--facts", "-", "--once", stdin=rows)
        self.server = subprocess.Popen([self.binary, "trends", "-c", "worker.yaml", "--read-only"], cwd=self.folder,
                                       stderr=subprocess.DEVNULL)
        self.wait_until_ready()

    def run(self, command, *flags, stdin=b""):
        done = subprocess.run([self.binary, command, "-c", "worker.yaml", *flags], cwd=self.folder, input=stdin,
                              capture_output=True, timeout=180)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def wait_until_ready(self, seconds=20):
        deadline = time.monotonic() + seconds
        while True:
            try:
                return urllib.request.urlopen(f"{self.here}/readyz", timeout=5).read()
            except (urllib.error.URLError, ConnectionError) as why:
                assert time.monotonic() < deadline and self.server.poll() is None, why
                time.sleep(0.05)

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(20)

    def ask(self, path):
        return json.load(urllib.request.urlopen(f"{self.here}/api/v1{path}", timeout=20))

    def check(self, claim, holds, shown=""):
        if not holds:
            self.failures.append(claim)
            print(f"FAILED: {claim}\n    {str(shown)[:1500]}")

    # --- one visit ---

    def visit(self, tab, path, width=1280, scheme="light"):
        tab.size(width)
        tab.media(scheme)
        tab.visit(self.here + path)
        self.check_visit(tab, f"{path} {width} {scheme}")

    def check_visit(self, tab, where):
        elsewhere = [it for it in tab.requests() if not it.startswith((self.here + "/", "data:"))]
        self.check(f"{where}: asks nobody else", not elsewhere, elsewhere)
        self.check(f"{where}: no complaint in the console", not tab.complaints(), tab.complaints())
        wide = tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        self.check(f"{where}: no horizontal scroll", wide[0] <= wide[1], wide)
        self.check(f"{where}: nothing to run", tab.evaluate("document.scripts.length") == 0)
        ratio, words = tab.evaluate(CONTRAST)
        self.check(f"{where}: contrast of all text", ratio >= 4.5, f"{ratio}: {words}")

    def axe(self, tab, source, where):
        if not source:
            return
        tab.evaluate(source)
        found = tab.evaluate("axe.run({resultTypes: ['violations']}).then(it => it.violations.map(v => "
                             "[v.impact, v.id, v.nodes.slice(0, 3).map(n => n.html)]))")
        self.check(f"{where}: axe-core", not found, json.dumps(found, ensure_ascii=False, indent=1))


# --- what is said ---

def count(text):
    return int(text.replace(",", ""))


def what_a_tag_says(pages, tab, lang):
    trend, listed = pages.ask("/tags/rare-earth"), pages.ask("/tags/rare-earth/posts?limit=50")
    pages.visit(tab, f"{TAG}?hl={lang}", 390 if lang == "ja" else 1280)
    words = tab.evaluate("document.querySelector('.head').innerText")
    title = tab.evaluate("[document.documentElement.lang, document.title, document.querySelector('h1').innerText]")
    pages.check(f"{lang}: language and title", title == [lang, f"\u2068{LABEL[lang]}\u2069", LABEL[lang]], title)
    pages.check(f"{lang}: rank, posts, time", re.search(r"\b2位|No\. 2", words) and MOMENT[lang] in words
                and re.search(rf"\b{trend['posts']}\s+{UNITS[lang][0]}", words), words)
    shares = [f"{trend['sentiment'][kind]['share']:.1f}%" for kind in ("positive", "neutral", "negative", "unknown")]
    shown = tab.evaluate("[...document.querySelectorAll('.head .legend b')].map(it => it.textContent)")
    pages.check(f"{lang}: shares", shown == shares, shown)
    alternative = tab.evaluate("document.querySelector('.shares').getAttribute('aria-label')")
    pages.check(f"{lang}: shares for screen readers", all(it in alternative for it in shares) and UNITS[lang][1] in alternative, alternative)
    segment = f"{trend['main_segment']['share']:.1f}%"
    pages.check(f"{lang}: main segment", MAIN_SEGMENT[lang] in words and segment in words, words)
    posts = tab.evaluate(POSTS)
    pages.check(f"{lang}: texts as written, in order", [it["text"] for it in posts] == [it.get("text") for it in listed["posts"]])
    pages.check(f"{lang}: RP", [None if it["figure"] == "–" else count(it["figure"]) for it in posts]
                == [it.get("reposts") for it in listed["posts"]], [it["figure"] for it in posts])
    pages.check(f"{lang}: the language of each text", [it["lang"] or None for it in posts] == [it.get("lang") for it in listed["posts"]])
    rels = [rel for it in posts for rel in it["rels"]]
    pages.check(f"{lang}: links of texts", len(rels) > 5 and set(rels) == {"nofollow noopener ugc"}, rels)
    contacts = tab.evaluate("[...document.querySelectorAll('footer a')].map(it => it.href)")
    pages.check(f"{lang}: contacts", contacts == ["mailto:hide@example.com", "https://example.com/api"], contacts)


def what_the_list_says(pages, tab):
    tags = pages.ask("/tags?limit=50")["tags"]
    pages.visit(tab, "/?hl=en")
    rows = tab.evaluate("[...document.querySelectorAll('.trends > li')].map(it => [it.querySelector('.rank').innerText.trim(),"
                        "it.querySelector('.many b').textContent, it.querySelector('.burst b')?.textContent ?? null,"
                        "it.querySelectorAll('.spark rect').length])")
    pages.check("the list has a row a tag", len(rows) == len(tags), len(rows))
    for at, (row, tag) in enumerate(zip(rows, tags)):
        score = tag["burst"].get("score")
        burst = None if score is None else f"{score:.1f}".replace("-", "−")
        pages.check(f"the list's row {at + 1}", row[0].endswith(str(at + 1)) and count(row[1]) == tag["posts"]
                    and (row[2] == burst or abs(float(row[2].replace("−", "-")) - score) < 0.0501) and row[3] > 0, [row, tag])


def where_links_lead(pages, tab):
    pages.visit(tab, "/?hl=en")
    tab.follow(".trends li:nth-child(2) h2 a")
    pages.check_visit(tab, "from the list to a tag")
    pages.check("the tag's address", tab.evaluate("location.pathname + location.search") == f"{TAG}?hl=en", tab.evaluate("location.href"))
    now = count(tab.evaluate("document.querySelector('.many b').textContent"))
    tab.follow('nav[aria-label="Time"] li:nth-child(2) a')
    pages.check("an hour earlier", "15:00" in tab.evaluate("document.querySelector('time').textContent"))
    pages.check("fewer posts then", count(tab.evaluate("document.querySelector('.many b').textContent")) < now)
    tab.follow('nav[aria-label="Window"] li:nth-child(1) a')
    pages.check("links keep the time", "at=2026-04-10T06%3A00%3A00Z" in tab.evaluate("location.search"), tab.evaluate("location.search"))
    tab.follow('nav[aria-label="Time"] li:last-child a')
    tab.follow('nav[aria-label="Window"] li:nth-child(2) a')
    tab.follow('nav[aria-label="Order"] li:nth-child(2) a')
    likes = [it.get("likes", -1) for it in pages.ask("/tags/rare-earth/posts?sort=likes&limit=50")["posts"]]
    shown = [count(it["figure"]) if it["figure"] != "–" else -1 for it in tab.evaluate(POSTS)]
    pages.check("by likes", shown == likes == sorted(likes, reverse=True), shown)
    tab.follow(".parts-of a")
    pages.check("a segment alone", "segment=40s%2Fmale" in tab.evaluate("location.search")
                and "40s/male" in tab.evaluate("document.querySelector('.choices').innerText"))
    tab.follow(".post .links a[href^='/posts/']")
    pages.check_visit(tab, "a post")
    pages.check("a post has its course", tab.evaluate("document.querySelectorAll('.count svg').length") >= 3)
    tab.follow(".data a")
    pages.check("its data", json.loads(tab.evaluate("document.body.innerText"))["seen"])
    tab.visit(f"{pages.here}{TAG}?at={quote(BEFORE)}&hl=en")
    pages.check("the evening before", 0 < count(tab.evaluate("document.querySelector('.many b').textContent")) < now / 2)


def keyboard(pages, tab):
    pages.visit(tab, TAG)
    tab.press("Tab")
    pages.check("the first stop skips to the content", tab.evaluate("document.activeElement.className") == "skip")
    pages.check("and is seen", tab.evaluate("document.activeElement.getBoundingClientRect().left") >= 0)
    tab.press("Enter")
    pages.check("it leads to main", tab.evaluate("location.hash") == "#main")
    outline = tab.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(it => +it.tagName[1])")
    pages.check("headings go down step by step", outline[0] == 1 and outline.count(1) == 1
                and all(b - a <= 1 for a, b in zip(outline, outline[1:])), outline)
    pages.check("landmarks", tab.evaluate("['header', 'nav', 'main', 'aside', 'footer'].every(it => document.querySelector(it))"))


def without_scripts(pages, tab):
    pages.visit(tab, f"{TAG}?hl=ja")
    with_scripts = tab.source()
    tab.scripts(False)
    tab.visit(f"{pages.here}{TAG}?hl=ja")
    pages.check("the same without JavaScript", tab.source() == with_scripts and "人気のポスト" in with_scripts)
    tab.scripts(True)


def hostile_posts(pages, tab):
    for path in ("/tags/" + quote("#" + HOSTILE["hashtags"][0], safe=""), "/posts/-/" + quote(HOSTILE["id"], safe="")):
        pages.visit(tab, path, 390)
        pages.check("a hostile text is text", tab.evaluate("document.querySelector('.text').textContent") == HOSTILE["text"])
        pages.check("and nothing of it ran", tab.evaluate("document.title") != "x" and not tab.evaluate("document.querySelectorAll('img, i').length"))
        pages.check("javascript: is no link", tab.evaluate("[...document.links].every(it => /^(https?|mailto):/.test(it.protocol))"))
    for path, status in (("/tags/nobody-says-this", 404), ("/posts/-/1", 404), (f"{TAG}?window=soon", 400), ("/nowhere", 404)):
        try:
            got = urllib.request.urlopen(urllib.request.Request(pages.here + path, headers={"Accept-Language": "ja"}), timeout=20).status
        except urllib.error.HTTPError as error:
            got = error.code
            page = error.read().decode()
            pages.check(f"{path} says so in a page", '<html lang="ja">' in page, page[:300])
        pages.check(f"{path} is {status}", got == status, got)


def on_paper(pages, tab):
    pages.visit(tab, TAG)
    tab.media("light", "print")
    pages.check("on paper there is nothing to click", tab.evaluate("getComputedStyle(document.querySelector('.choices')).display") == "none")


def crawl(root):
    """Every file that links lead to from the index, and the links that lead to none. No server is asked, and none can help."""
    found, todo, dead = set(), [root / "index.html"], []
    while todo:
        page = todo.pop()
        if page in found:
            continue
        found.add(page)
        for href in re.findall(r'<a\b[^>]* href="([^"]*)"', page.read_text()) if page.suffix == ".html" else []:
            if re.match(r"\w+:|#", href):
                continue
            to = (page.parent / html.unescape(href)).resolve()
            (todo if to.is_file() and to.is_relative_to(root) else dead).append(to)
    return found, dead


def files(pages, tab):
    pages.run("page", "--site", "site")
    site = (pages.folder / "site").resolve()
    found, dead = crawl(site)
    written = {it for it in site.rglob("*") if it.is_file() and it.suffix}
    pages.check("each link of a site leads to a file, and each file is led to", not dead and found == written, (dead[:3], list(written - found)[:3]))
    pages.check("a site has all tags", len(list((site / "tags").glob("*.html"))) == len(list((site / "tags").glob("*.json"))) > 50)
    pages.check("and all of it in both languages", all(len(list(site.glob(f"{it}*.html"))) == len(list(site.glob(f"en/{it}*.html"))) > 1
                                                       for it in ("index", "tags/", "posts/")))
    tab.visit((site / "index.html").as_uri())
    pages.check("a site: no complaint", not tab.complaints(), tab.complaints())
    tab.follow(".trends li:nth-child(2) h2 a")
    pages.check("from file to file", tab.evaluate("location.pathname").endswith("/tags/rare-earth.html") and not tab.complaints())
    tab.follow(".more a[hreflang=en]")
    pages.check("to the other language", tab.evaluate("location.pathname").endswith("/en/tags/rare-earth.html")
                and tab.evaluate("document.documentElement.lang") == "en")
    course = Path(unquote(tab.evaluate("document.querySelector('.data a:last-child').pathname")))
    pages.check("to the course of a tag", course == site / "tags/rare-earth.series.csv" and course.read_text().startswith("from,posts,"))
    tab.follow(".post .links a[href^='../posts/']")
    pages.check("to the course of a post", tab.evaluate("document.querySelectorAll('.history table').length") == 1 and not tab.complaints())
    tab.follow(".more a[hreflang=ja]")
    tab.follow(".brand a")
    tab.follow(".next a")
    pages.check("the list goes on", tab.evaluate("document.querySelector('.rank').innerText").strip().endswith("51"))
    mine = (site / "mine.html", site / "en/mine.html")
    for it in mine:
        it.write_text("kept")
    worker = pages.folder / "worker.yaml"
    config = json.loads(worker.read_text())
    worker.write_text(json.dumps({**config, "trends": {**config["trends"], "languages": ["ja"]}}))
    for it in written:
        os.utime(it, (1, 1))
    pages.run("page", "--site", "site", "--window", "1h")
    worker.write_text(json.dumps(config))
    left = {it for it in site.rglob("*") if it.is_file() and it.suffix}
    pages.check("files of tags, posts and languages that are gone are removed, others are not",
                left == crawl(site)[0].union(mine) and 0 < len(left) < len(written) / 2, len(left))
    (pages.folder / "one.html").write_bytes(pages.run("page", "--tag", "rare-earth"))
    tab.visit((pages.folder / "one.html").as_uri())
    pages.check("one file by itself", not tab.complaints() and tab.evaluate("document.querySelectorAll('.post').length") > 20
                and tab.evaluate("[...document.links].every(it => it.protocol != 'file:' || it.hash)"))


def widths_and_axe(pages, tab, axe):
    post = "/posts/-/" + pages.ask("/tags/rare-earth/posts?limit=1")["posts"][0]["id"]
    for path in ("/", TAG, post, "/about"):
        for width in WIDTHS:
            for lang in ("ja", "en"):
                scheme = "dark" if (width == 768) == (lang == "ja") else "light"
                pages.visit(tab, f"{path}?hl={lang}", width, scheme)
    for path, few in (("/", "&limit=6"), (TAG, "&limit=6"), (post, ""), ("/about", "")):    # axe-core's time grows faster than pages
        for width, lang, scheme in (390, "ja", "light"), (1280, "en", "dark"):
            pages.visit(tab, f"{path}?hl={lang}{few}", width, scheme)
            pages.check("a page of few", tab.evaluate("document.querySelectorAll('.trends > li, .post').length") <= 6)
            pages.axe(tab, axe, f"{path} {width} {lang} {scheme}")


def screenshots(pages, tab, folder):
    for path, width, height, scheme, name in ((f"{TAG}?hl=ja", 1280, 900, "light", "trend-page.png"),
                                              ("/?hl=en", 1280, 800, "light", "trend-list.png"),
                                              (f"{TAG}?hl=ja", 390, 1000, "dark", "trend-phone.png")):
        tab.size(width, height)
        tab.media(scheme)
        tab.visit(pages.here + path)
        tab.screenshot(Path(folder) / name)


def axe_source():
    done = subprocess.run([ROOT / "tests/axe"], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        print(f"axe-core cannot be fetched, its checks are left out: {done.stderr.strip()}")
        return None
    return Path(done.stdout.strip()).read_text()


def main():
    reader = argparse.ArgumentParser()
    reader.add_argument("binary", nargs="?", default=os.environ.get("TRENDMILL"))
    reader.add_argument("--screenshots")
    asked = reader.parse_args()
    if not CHROMIUM:
        print("no chromium")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        pages, tab = Pages(asked.binary, folder), Browser(Path(folder, "profile"))
        try:
            if asked.screenshots:
                screenshots(pages, tab, asked.screenshots)
                return 0
            for lang in ("ja", "en"):
                what_a_tag_says(pages, tab, lang)
            for story in (what_the_list_says, where_links_lead, keyboard, without_scripts, hostile_posts, on_paper, files):
                story(pages, tab)
            widths_and_axe(pages, tab, axe_source())
        finally:
            tab.close()
            pages.stop()
    print(f"{len(pages.failures)} claims failed" if pages.failures else "all claims hold")
    return 1 if pages.failures else 0


if __name__ == "__main__":
    sys.exit(main())
