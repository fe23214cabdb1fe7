"""What the binary prints of its tables is what the repository holds.

    reference.py BINARY             compares
    GOLDEN=write reference.py BINARY    rewrites them"""

import difflib
import os
import subprocess
import sys
from pathlib import Path

CONFIG = Path(__file__).resolve().parent.parent.parent / "config"
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


def main(binary):
    wrong = 0
    for name, arguments in FILES.items():
        done = subprocess.run([binary, *arguments], capture_output=True, timeout=60, check=True)
        wrong += differs(CONFIG / name, done.stdout)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.environ["TRENDMILL"])))
