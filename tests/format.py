"""Every C source is as clang-format writes it, by .clang-format, in 120 columns.

    format.py          checks; FORMAT=write format.py rewrites them"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ["common", "worker", "tests/unit", "tests/fuzz"]


def sources():
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in (".c", ".cc", ".h"))


def main():
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not tool:
        print("SKIP: clang-format is not here")
        return 77
    paths = [str(path) for path in sources()]
    if os.environ.get("FORMAT") == "write":
        return subprocess.run([tool, "-i", *paths]).returncode
    done = subprocess.run([tool, "--dry-run", "--Werror", *paths], capture_output=True, text=True)
    places = [line for line in done.stderr.splitlines() if "error:" in line]
    print("\n".join(places[:40]) or f"{len(paths)} files")
    if places:
        print("run: FORMAT=write python3 tests/format.py")
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
