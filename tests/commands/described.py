"""The API against its own description: schemathesis makes up requests from /api/v1/openapi.json, good and bad ones, and holds
each answer against it. Skips where schemathesis cannot be installed.

    described.py BINARY FOLDER      FOLDER keeps its virtual environment from run to run"""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import api
import trends

PINNED = ["schemathesis==4.32.5", "hypothesis==6.170.17"]
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
# Stateful tests follow links, of which this API has none.
FLAGS = ["--phases", "coverage,fuzzing", "--max-examples", "8", "--seed", "23", "--generation-deterministic",
         "--no-color", "--warnings", "off", "--suppress-health-check", "all"]


def installed(folder):
    """The program, from an environment that was made for just these versions."""
    program, mark = folder / "bin/schemathesis", folder / "pinned"
    if mark.is_file() and mark.read_text().split() == PINNED:
        return program
    venv.create(folder, with_pip=True, clear=True)
    done = subprocess.run([folder / "bin/pip", "install", "-q", "--disable-pip-version-check", *PINNED], capture_output=True, text=True)
    if done.returncode != 0:
        print("skipped: schemathesis cannot be installed:", done.stderr.strip()[-500:])
        sys.exit(77)
    mark.write_text("\n".join(PINNED))
    return program


def main():
    program = installed(Path(sys.argv[2]))
    server = api.Server(sys.argv[1])
    server.take(server.rows(trends.POSTS))
    server.serve()
    try:
        done = subprocess.run([program, "run", f"http://127.0.0.1:{server.port}/api/v1/openapi.json", *FLAGS], cwd=server.folder.name,
                              capture_output=True, text=True, env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)})
    finally:
        server.stop()
    counted = re.search(r"Test cases:\s+(\d+) generated", done.stdout)
    server.check("each answer is as the description says", done.returncode == 0, done.stdout + done.stderr)
    server.check("and hundreds were asked for", counted and int(counted.group(1)) > 200, done.stdout)
    print(f"{counted.group(1) if counted else 0} requests")
    server.exit()


if __name__ == "__main__":
    main()
