"""The queries of deploy/QUERIES.md for DuckDB give what a plain count over the same rows gives.

    queries.py TRENDMILL

The rows are those of the shipped samples, with count updates, a repost, hides and newer rules behind them. DuckDB comes
ready built from its Python package, fetched once into a cache in the home folder."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = "1.4.2"


def duckdb():
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "trendmill" / f"duckdb-{VERSION}"
    if not (cache / "duckdb").is_dir():
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps",
                        "--only-binary", ":all:", "--target", str(cache), f"duckdb=={VERSION}"], check=True)
    sys.path.insert(0, str(cache))
    import duckdb as module
    return module


def facts_of(trendmill):
    done = subprocess.run([trendmill, "pipe", "-c", "config/worker.yaml", "--shape", "facts", "--dead", os.devnull],
                          cwd=ROOT, stdin=open(ROOT / "config/samples/posts.jsonl", "rb"), stdout=subprocess.PIPE, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for offset, row in enumerate(rows):
        row["source"] = {"topic": "posts.raw", "partition": 0, "offset": offset, "timestamp": row.get("as_of", 0)}
    return rows


def more(rows):
    """An update that comes late, newer rules for one post, a repost, a hide, and a hide that is taken back."""
    posts = [row for row in rows if row.get("kind") == "post" and "rare-earth" in row["tags"]]
    first, second, third, fourth = posts[:4]
    offset = len(rows)

    def add(row, **members):
        nonlocal offset
        made = {**row, **members, "source": {**row["source"], "offset": offset}}
        rows.append(made)
        offset += 1

    bare = {key: first[key] for key in ("v", "id", "subject", "rules", "source")}
    add({**bare, "kind": "update"}, as_of=first["as_of"] + 60000, reposts=999999)
    add({**bare, "kind": "update"}, as_of=first["as_of"] + 30000, reposts=5)
    add(second, rules={**second["rules"], "version": second["rules"]["version"] + 1}, sentiment="negative", tags=["rare-earth"])
    add({"v": 1, "id": third["id"], "source": third["source"]}, as_of=third["as_of"], hidden=True)
    for hidden in (True, False):
        add({"v": 1, "id": fourth["id"], "source": fourth["source"]}, as_of=fourth["as_of"], hidden=hidden)
    add(first, id="again-1", kind="repost", subject=first["id"], repost_of=first["id"], as_of=first["as_of"] + 90000, reposts=1000001)
    return rows


def standing(rows):
    hides = {}
    for row in rows:
        if "hidden" in row:
            key = (row.get("as_of", 0), row["source"]["offset"])
            hides[row["id"]] = max(hides.get(row["id"], ((-1, -1), False)), (key, row["hidden"]))
    newest = {}
    for row in rows:
        if "hidden" in row or hides.get(row["id"], (0, False))[1]:
            continue
        key = (row["id"], row["as_of"])
        rank = (row["rules"]["version"], row["source"]["offset"])
        if key not in newest or rank > newest[key][0]:
            newest[key] = (rank, row)
    return [row for _, row in newest.values()]


def expected(rows):
    posts, counts = {}, {}
    for row in sorted(standing(rows), key=lambda row: (row["as_of"], row["rules"]["version"], row["source"]["offset"])):
        if row["kind"] != "update":
            posts[row["id"]] = row
        if "reposts" in row:
            counts[row["subject"]] = row["reposts"]
    own = [row for row in posts.values() if row["kind"] != "repost"]
    tagged = [row for row in own if "rare-earth" in row["tags"]]
    tagged.sort(key=lambda row: (-counts.get(row["id"], -1), -row.get("created", 0), row["id"]))
    popular = [(row["id"], counts.get(row["id"])) for row in tagged[:20]]
    shares = {}
    for row in own:
        for tag in row["tags"]:
            said = shares.setdefault(tag, {"posts": 0, "authors": set(), "positive": 0, "neutral": 0, "negative": 0})
            said["posts"] += 1
            said["authors"] |= {row["author"]} if "author" in row else set()
            if "sentiment" in row:
                said[row["sentiment"]] += 1
    table = [(tag, said["posts"], len(said["authors"]), said["positive"], said["neutral"], said["negative"])
             for tag, said in shares.items()]
    return popular, sorted(table, key=lambda line: (-line[1], line[0]))


def answers(module, rows, folder):
    (Path(folder) / "facts.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    page = (ROOT / "deploy/QUERIES.md").read_text()
    statements = re.findall(r"```sql duckdb\n-- (\w+)[^\n]*\n(.*?)```", page, re.DOTALL)
    base = module.connect()
    base.execute(f"SET file_search_path = '{folder}'")
    return {name: base.execute(text).fetchall() for name, text in statements}


def main():
    rows = more(facts_of(os.path.abspath(sys.argv[1])))
    popular, shares = expected(rows)
    with tempfile.TemporaryDirectory() as folder:
        got = answers(duckdb(), rows, folder)
    failures = []
    if [line[:2] for line in got["popular"]] != popular:
        failures.append(f"popular: {[line[:2] for line in got['popular']]}\nexpected {popular}")
    if got["shares"] != shares:
        failures.append(f"shares: {got['shares']}\nexpected {shares}")
    print("\n".join(failures) or f"{len(rows)} rows, {len(popular)} popular posts, {len(shares)} tags: as counted")
    return 1 if failures or not popular or not shares else 0


if __name__ == "__main__":
    sys.exit(main())
