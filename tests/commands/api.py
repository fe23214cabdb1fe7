"""What `trendmill trends` serves: routes of API and pages, keys, ETags, cursors, and what hostile requests get.

    api.py BINARY"""

import csv
import hashlib
import http.client
import io
import json
import os
import random
import re
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import support
import trends

FORMS = {
    "tags": ["at", "window", "sort", "tags"],
    "tags/rare-earth": ["tag", "label", "at", "window", "posts", "reposts", "authors", "authors_unknown", "sentiment", "segments",
                        "burst", "share_of_voice"],
    "tags/rare-earth/posts": ["tag", "at", "window", "sort", "posts"],
    "tags/rare-earth/series": ["tag", "from", "to", "step", "points"],
    "posts/-/own-01": ["id", "as_of", "lang", "text", "tags", "hashtags", "reposts", "seen"],
}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server(trends.Trends):
    """A store beside the config, and `trends --read-only` that serves it."""

    def __init__(self, binary):
        super().__init__(binary)
        self.process, self.port = None, None

    def settings(self, more):
        self.port = free_port()
        worker = Path(self.folder.name, "worker.yaml").read_text().split("trends:")[0]
        self.write("worker.yaml", worker + f"trends: {{store: trends.db, http: {self.port}{more}}}\n")

    def serve(self, settings=""):
        """Returns when it answers; fails with what it said where it ends."""
        self.settings(settings)
        log = open(Path(self.folder.name, "log"), "wb")
        self.process = subprocess.Popen([self.binary, "trends", "-c", "worker.yaml", "--read-only"], cwd=self.folder.name, stderr=log)
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if self.ask("/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(Path(self.folder.name, "log").read_text())

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        assert self.process.wait(20) == 0, Path(self.folder.name, "log").read_text()

    def ask(self, path, method="GET", **headers):
        """Status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, headers={name.replace("_", "-"): it for name, it in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def status(self, path):
        """0 where nobody listens yet."""
        try:
            return self.ask(path)[0]
        except OSError:
            return 0

    def ask_page(self, *flags):
        return super().ask(*flags)

    def wait(self, holds, claim):
        """What another process wrote is served within two seconds."""
        until = time.monotonic() + 2
        while not holds() and time.monotonic() < until:
            time.sleep(0.02)
        self.check(claim + " within 2 s", time.monotonic() < until)

    def api(self, path, **headers):
        status, _, body = self.ask("/api/v1/" + path, **headers)
        assert status == 200, (path, status, body)
        return json.loads(body)

    def refused(self, path, status, words, **headers):
        got, fields, body = self.ask(path, **headers)
        problem = json.loads(body) if fields["Content-Type"] == "application/problem+json" else {}
        self.check(f"{path[:80]} is refused", got == status and problem.get("status") == status and words in problem["detail"]
                   and "Traceback" not in str(problem), (got, body))


def forms(server):
    for path, members in FORMS.items():
        got = server.api(path)
        server.check(f"{path} has the contract's members in order", list(got) == members, list(got))
        status, fields, body = server.ask(f"/api/v1/{path}.csv")
        server.check(f"{path} as CSV", status == 200 and fields["Content-Type"].startswith("text/csv")
                     and len({len(line) for line in csv.reader(io.StringIO(body.decode()))}) == 1, body)
    page = json.loads(server.ask_page("--json", "--tag", "rare-earth"))
    server.check("as `page --json` has it", server.api("tags/rare-earth") == page["trend"]
                 and server.api("tags/rare-earth/posts") == page["posts"])
    server.check("a hashtag is asked by %23", [it["id"] for it in server.api("tags/%EF%BC%83南鳥島の泥/posts".replace(
        "南鳥島の泥", quote("南鳥島の泥")))["posts"]] == ["own-16"])
    described = server.api("openapi.json")
    server.check("OpenAPI describes each route", {it[len("/api/v1/"):] for it in described["paths"]} == {
        "tags", "tags.csv", "tags/{tag}", "tags/{tag}.csv", "tags/{tag}/posts", "tags/{tag}/posts.csv", "tags/{tag}/series",
        "tags/{tag}/series.csv", "posts/{network}/{id}", "posts/{network}/{id}.csv"}, list(described["paths"]))


def parameters(server):
    def posts(query):
        return server.api(f"tags/rare-earth/posts?{query}")
    at = "at=2026-04-10T16:00:00%2B09:00"
    server.check("limit", [it["id"] for it in posts(f"{at}&limit=2")["posts"]] == ["own-01", "own-02"])
    server.check("at as ms is the same", posts("at=1775804400000") == posts(at))
    server.check("before all posts", posts("at=0")["posts"] == [])
    server.check("window", posts(f"{at}&window=90m")["window"] == 5400000)
    labels = [it.get("sentiment", "unknown") for it in posts(at)["posts"]]
    server.check("sentiment", len(posts(f"{at}&sentiment=negative")["posts"]) == labels.count("negative"))
    server.check("lang, segment", posts("lang=ko")["posts"] == [] and posts("segment=40s/male")["posts"] == [])
    got, after = [], ""
    while after is not None:
        page = posts(f"{at}&limit=5&after={after}" if after else f"{at}&limit=5")
        got += [it["id"] for it in page["posts"]]
        after = page.get("next")
    server.check("cursors lead through all", got == trends.ALL, got)


def wrong_requests(server):
    tag = "/api/v1/tags/rare-earth"
    server.refused(f"{tag}?windwo=24h", 400, 'windwo: there is no such parameter here; did you mean "window"?')
    server.refused("/api/v1/posts/-/own-01?sort=likes", 400, "sort: ")
    server.refused(f"{tag}/posts?sort=burst", 400, "sort: expected one of reposts, likes")
    for window in ("soon", "0m", "1s", "367d", "99999999999d", "-1h", ""):
        server.refused(f"{tag}?window={window}", 400, "window: ")
    for limit in ("0", "1001", "-1", "99999999999999999999", "1.5", ""):
        server.refused(f"{tag}/posts?limit={limit}", 400, "limit: ")
    for at in ("yesterday", "2026-02-30T00:00:00Z", "-1", "9007199254740992", ""):
        server.refused(f"{tag}?at={at}", 400, "at: ")
    server.refused(f"{tag}?at=0&at=1", 400, "a name twice")
    server.refused(f"{tag}?lang=%ff", 400, "bad escape")
    server.refused("/api/v1/tags/nobody", 404, 'a tag "nobody"')
    server.refused("/api/v1/tags/nobody/posts", 404, 'a tag "nobody"')
    server.refused("/api/v1/tags/nobody/series.csv", 404, 'a tag "nobody"')
    server.refused("/api/v1/posts/x/own-01", 404, "no such post")
    server.refused("/api/v2/tags", 404, "no such path")
    server.refused("/api/v1/tags/", 404, "no such path")
    status, fields, _ = server.ask(tag, method="POST")
    server.check("only GET and HEAD", status == 405 and fields["Allow"] == "GET, HEAD")
    status, fields, body = server.ask(tag, method="HEAD")
    server.check("HEAD has no body", status == 200 and int(fields["Content-Length"]) > 0 and body == b"")


def wrong_cursors(server):
    path = "/api/v1/tags/rare-earth/posts?limit=2&after="
    good = server.api("tags/rare-earth/posts?limit=2")["next"]
    server.refused("/api/v1/tags?after=" + good, 400, "this cursor belongs to a list of posts by reposts")
    server.refused(f"/api/v1/tags/rare-earth/posts?sort=likes&after={good}", 400, "belongs to a list of posts by reposts")
    chance = random.Random(23)
    for _ in range(300):
        text = list(good)
        for _ in range(chance.randint(1, 4)):
            text[chance.randrange(len(text))] = chance.choice("0123456789abcdefp.t-%/")
        status, _, body = server.ask(path + quote("".join(text), safe=""))
        server.check(f"a cursor that was changed: {''.join(text)}", status in (200, 400) and json.loads(body), (status, body))
    for text in ("p0.9223372036854775807.1.1.1..", "p0.-1.1.1.1..", "p0.1.99999999999999999999.1.1..", "p9.1.1.1.1..", "p", "%00"):
        status, _, body = server.ask(path + text)
        server.check(f"{text}: {body}", status == (200 if "9999" in text else 400), (status, body))


def hostile(server):
    for name in ("/", "..", ".", "%", "\u202e", "\u2066x", "<script>alert(1)</script>", "' OR 1=1 --", "a" * 3000, "#", "\r\nX: y"):
        for path, word in ((f"/api/v1/tags/{quote(name, safe='')}", "know a tag"), (f"/api/v1/posts/x/{quote(name, safe='')}", "post"),
                           (f"/api/v1/posts/{quote(name, safe='')}/1", "post")):
            server.refused(path.replace("/..", "/%2e%2e").replace("/.", "/%2e"), 404, word)
    server.refused("/api/v1/tags/%00", 400, "bad escape")
    server.refused("/api/v1/posts/x/a%00b", 400, "bad escape")
    server.refused("/api/v1/tags/../../etc/passwd", 404, "no such path")
    server.refused("/api/v1/tags?lang=" + "a" * 8000, 414, "too long")
    server.refused("/api/v1/tags", 421, "this host is not served here", Host="evil.example")
    status, fields, _ = server.ask("/api/v1/tags/<script>")
    server.check("nothing of it can be run", status == 404 and fields["X-Content-Type-Options"] == "nosniff"
                 and fields["Content-Security-Policy"].startswith("default-src 'none'"), dict(fields))


def pages(server):
    for path in ("/", "/tags/rare-earth", "/tags/%23" + quote("南鳥島の泥"), "/posts/-/own-01", "/about"):
        status, fields, body = server.ask(path)
        server.check(f"{path} is a page in the first language", status == 200 and fields["Content-Type"] == "text/html; charset=utf-8"
                     and fields["Content-Language"] == "ja" and fields["Vary"] == "Accept-Language"
                     and '<html lang="ja"' in body.decode(), (status, dict(fields)))
        server.check(f"{path}: nothing but its own style may be loaded", "default-src 'none'" in fields["Content-Security-Policy"]
                     and "script-src" not in fields["Content-Security-Policy"] and b"<script" not in body)
        for headers, query in (({"Accept_Language": "en-GB, ja;q=0.5"}, ""), ({}, "?hl=en")):
            _, there, english = server.ask(path + query, **headers)
            server.check(f"{path} in English", there["Content-Language"] == "en" and '<html lang="en"' in english.decode())
        server.check(f"{path} is known by its ETag", server.ask(path, If_None_Match=fields["ETag"])[0] == 304
                     and server.ask(path, Accept_Language="en", If_None_Match=fields["ETag"])[0] == 200)
    for path, wanted in (("/tags/nobody", 404), ("/tags/%3Cscript%3Ealert(1)%3C%2Fscript%3E", 404), ("/posts/x/%2e%2e", 404),
                         ("/nowhere", 404), ("/?sort=likes", 400), ("/about?at=1", 400), ("/tags/rare-earth?at=%3Cscript%3E", 400)):
        status, fields, body = server.ask(path)
        server.check(f"{path} is refused in words", status == wanted and fields["Content-Type"] == "text/html; charset=utf-8"
                     and "<h1>" in body.decode() and b"<script" not in body, (status, body[-900:]))


def client(server, *key):
    """The one that config/API.md shows."""
    source = re.search(r"```python\n(.*?)```", (support.ROOT / "config/API.md").read_text(), re.DOTALL).group(1)
    done = subprocess.run([sys.executable, "-c", source, f"http://127.0.0.1:{server.port}", "rare-earth", *key],
                          capture_output=True, text=True, timeout=60)
    lines = done.stdout.splitlines()
    server.check("the client of the docs reads all posts", [line.split()[1] for line in lines] == [
        it["id"] for it in server.api("tags/rare-earth/posts", **({"Authorization": f"Bearer {key[0]}"} if key else {}))["posts"]]
        and len(lines) > 5, done.stdout + done.stderr)


def crowd(server):
    """Ten times as many connections as have a place: silent ones, halves of requests, and clients that do not read."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    path = "/api/v1/tags/rare-earth/posts"
    whole, crowd = server.ask(path)[2], []
    for n in range(2600):
        it = socket.socket()
        it.settimeout(5)
        it.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        it.connect(("127.0.0.1", server.port))
        try:
            it.sendall([b"", b"GET /api/v1/tags HTTP/1.1\r\nHo", f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()][n % 3])
        except OSError:
            pass        # it had to make room for another one
        crowd.append(it)
        if n % 200 == 199:
            began = time.monotonic()
            status, _, body = server.ask(path)
            server.check(f"answered beside {n + 1} connections", status == 200 and body == whole and time.monotonic() - began < 5, status)
            server.check("and so are probes", server.ask("/healthz")[0] == 200)
    for it in crowd:
        it.close()


def etags(server):
    path = "/api/v1/tags/rare-earth/posts"
    _, fields, body = server.ask(path)
    etag = fields["ETag"]
    status, fields, rest = server.ask(path, If_None_Match=etag)
    server.check("304 where it is known", status == 304 and rest == b"" and fields["ETag"] == etag)
    server.check("asked again it is the same", server.ask(path)[2] == body and server.ask(path)[1]["ETag"] == etag)
    server.check("it is asked again each time", server.ask(path)[1]["Cache-Control"] == "no-cache")
    server.take(server.rows([trends.update(2, 61, trends.LATER)]))
    server.wait(lambda: server.ask(path, If_None_Match=etag)[0] == 200, "another observation changes the answer")
    server.check("and the answer of before by `at` is as it was",
                 [it["reposts"] for it in server.api("tags/rare-earth/posts?limit=2&at=1775804400000")["posts"]] == [55, 6])


def hides(server):
    """Within a moment a hidden post is nowhere, in no answer that was kept."""
    paths = ["/api/v1/tags/rare-earth/posts", "/api/v1/tags/rare-earth/posts.csv", "/api/v1/posts/-/own-04",
             "/tags/rare-earth", "/posts/-/own-04"]
    before = {it: server.ask(it)[1]["ETag"] for it in paths}
    server.take(server.rows([{"id": "own-04", "hidden": True, "observed_at": trends.LATER}]))
    text = trends.TEXTS[3].split("\n")[0].encode()
    server.wait(lambda: server.ask(paths[2], If_None_Match=before[paths[2]])[0] == 404, "a hidden post is gone")
    for path in paths:
        status, _, body = server.ask(path, If_None_Match=before[path])
        server.check(f"{path} has no text of it", status in (200, 404) and text not in body, (status, body))


def keys(server):
    """Another process with keys: a name, what it may ask, and who may not."""
    def line(name, key, per_minute):
        return f"{name} {hashlib.sha256(key.encode()).hexdigest()} {per_minute}\n"
    path = "/api/v1/tags"
    server.write("keys", "# who may ask\npress abc 60\n")
    server.settings(", keys: 'file:keys'")
    done = server.run("check", "-c", "worker.yaml")
    server.check("a bad key is named with its place", done.returncode == 2 and "keys:2:7: expected the SHA-256" in done.stderr.decode(),
                 done.stderr.decode())
    refused = server.run("trends", "-c", "worker.yaml", "--read-only")
    server.check("and stops who serves", refused.returncode == 2 and "keys:2:7: expected" in refused.stderr.decode(), refused.stderr.decode())
    server.check("who serves nothing needs no keys", server.ask_page("--json", "--tag", "rare-earth")[:1] == b"{")
    Path(server.folder.name, "keys").unlink()
    done = server.run("check", "-c", "worker.yaml")
    server.check("a file of keys that is not here is a warning of check", done.returncode == 0 and "keys cannot be read" in done.stderr.decode(),
                 done.stderr.decode())
    server.write("keys", line("press", "secret", 5) + line("lab", "other", 1000))
    server.serve(", keys: 'file:keys'")
    status, fields, body = server.ask(path)
    server.check("401 without a key", status == 401 and fields["WWW-Authenticate"] == 'Bearer realm="trendmill"'
                 and json.loads(body)["status"] == 401, (status, dict(fields), body))
    status, fields, _ = server.ask(path, Authorization="Bearer wrong")
    server.check("401 with a wrong one", status == 401 and 'error="invalid_token"' in fields["WWW-Authenticate"])
    got = [server.ask(path, Authorization="Bearer secret") for _ in range(6)]
    server.check("429 beyond the quota", [it[0] for it in got] == [200] * 5 + [429] and 1 <= int(got[5][1]["Retry-After"]) <= 12, got[5])
    server.check("not for others", server.ask(path, Authorization="Bearer other")[0] == 200)
    client(server, "other")
    server.check("answers to keys are private", got[0][1]["Cache-Control"] == "private, no-cache")
    server.check("pages, probes, metrics and the description are open",
                 [server.ask(it)[0] for it in ("/", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json")] == [200] * 5)
    described = json.loads(server.ask("/api/v1/openapi.json")[2])
    server.check("and the description says so", described["security"] == [{"key": []}]
                 and "401" in described["paths"]["/api/v1/tags"]["get"]["responses"])


def stream(server):
    """Rows from a pipe that goes on: seen within a second though no more come, and a stop needs no end of the pipe."""
    rows = server.rows([{"id": f"wave-{n}", "observed_at": f"2026-04-10T09:0{n}:00Z", "text": f"波の音を{n}回録った #波の録音"}
                        for n in range(4)]).splitlines(keepends=True)
    server.settings("")
    log = open(Path(server.folder.name, "log"), "wb")
    server.process = subprocess.Popen([server.binary, "trends", "-c", "worker.yaml", "--facts", "-"], cwd=server.folder.name,
                                      stdin=subprocess.PIPE, stderr=log)
    server.wait(lambda: server.status("/readyz") == 200, "it is ready before the first row")
    took = []
    for n, row in enumerate(rows):
        server.process.stdin.write(row + b'{"half a row')
        server.process.stdin.flush()
        began = time.monotonic()
        server.wait(lambda: server.status(f"/posts/-/wave-{n}") == 200, "a row of a stream is seen")
        took.append(time.monotonic() - began)
        server.process.stdin.write(b'"\n')
    server.check("within a second", min(took) < 1, took)
    server.stop()
    server.check("what was read stays", json.loads(server.ask_page("--json", "--post", "-/wave-3"))["id"] == "wave-3")


def main():
    server = Server(sys.argv[1] if len(sys.argv) > 1 else os.environ["TRENDMILL"])
    server.take(server.rows(trends.POSTS))
    server.serve()
    try:
        for story in (forms, parameters, wrong_requests, wrong_cursors, hostile, pages, client, crowd, etags, hides):
            story(server)
        server.stop()
        keys(server)
        server.stop()
        stream(server)
    finally:
        server.stop()
    server.exit()


if __name__ == "__main__":
    main()
