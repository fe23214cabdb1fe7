"""What the binary prints of its tables is what the repository holds.

    reference.py BINARY             compares
    GOLDEN=write reference.py BINARY    rewrites them"""

import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG = ROOT / "config"
FILES = {
    "REFERENCE.md": ["reference"],
    "worker.schema.json": ["reference", "--schema", "worker"],
    "rules.schema.json": ["reference", "--schema", "rules"],
    "lexicon.schema.json": ["reference", "--schema", "lexicon"],
    "tests.schema.json": ["reference", "--schema", "tests"],
}


def differs(path, printed):
    if os.environ.get("GOLDEN") == "write":
        path.write_bytes(printed)
        return False
    held = path.read_bytes() if path.exists() else b""
    if held != printed:
        print("\n".join(difflib.unified_diff(held.decode().splitlines(), printed.decode().splitlines(), f"config/{path.name}",
                                             "printed", lineterm="", n=1)))
        print(f"config/{path.name} is not what is printed; run: GOLDEN=write ctest -R reference")
    return held != printed


def logged():
    """Names of the events that the sources log: the texts of a call before its format."""
    names = {"crash", "out-of-memory"}                  # written without log_event, which takes memory
    for path in [*ROOT.glob("worker/**/*.c"), ROOT / "common/http.c"]:
        for call in re.findall(r"\blog_(?:event|limited|stuck)\((.*?);", path.read_text(), re.DOTALL):
            for text in re.findall(r'"([^"]*)"', call):
                if not re.fullmatch(r"[a-z]+(-[a-z]+)*", text):
                    break
                names.add(text)
    return names


def events_differ():
    section = (CONFIG / "REFERENCE.md").read_text().split("## Log events")[1].split("\n## ")[0]
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE))
    for name in sorted(logged() ^ listed):
        print(f"log event {name}: " + ("is not logged" if name in listed else "is not in worker/command/log_events.c"))
    return logged() != listed


def main(binary):
    wrong = 0
    for name, arguments in FILES.items():
        done = subprocess.run([binary, *arguments], capture_output=True, timeout=60, check=True)
        wrong += differs(CONFIG / name, done.stdout)
    wrong += events_differ()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.environ["TRENDMILL"])))
