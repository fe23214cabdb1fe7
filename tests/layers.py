"""Who may include whom, read from the #include lines; every header compiles alone; every source that
CMake lists is there.

    layers.py           in the source root; CC names the compiler"""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What a library's header looks like in an #include, and the one place that may have it.
DOORS = {
    "jansson*.h": "common/json.c",
    "yaml.h": "common/yaml.c",
    "utf8proc.h": "common/fold.c",
    "xxh*.h": "common/hash.c",
    "sqlite3.h": "common/store.c",
    "hs*.h": "worker/text/regex.c",
    "hs/*.h": "worker/text/regex.c",
    "simdjson*.h": "worker/decode/decode_simdjson.cc",
    "microhttpd.h": "common/http.c",
    "librdkafka/*.h": "worker/kafka/*",
}

# Files, and the headers of the project that they may include. The first pattern that fits holds.
LAYERS = [
    ("common/*", ["common/*"]),
    ("worker/enrich/*", ["common/*", "worker/enrich/*", "worker/text/*", "worker/post.h", "worker/parts.h"]),
    ("worker/kafka/*", ["common/*", "worker/*"]),
    ("worker/command/*", ["common/*", "worker/*"]),
    ("worker/setup.c", ["common/*", "worker/*"]),
    ("worker/worker.*", ["common/*", "worker/*"]),
    ("worker/status.*", ["common/*", "worker/*"]),
    ("worker/main.c", ["common/*", "worker/*"]),
    ("worker/*", ["common/*", "worker/*", "!worker/kafka/*"]),
]

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)

failures = []


def sources(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".c", ".cc", ".h"):
                yield path.relative_to(ROOT).as_posix()


def includes(path):
    return INCLUDE.findall((ROOT / path).read_text())


def allows(patterns, header):
    refused = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return any(fnmatchcase(header, pattern) for pattern in patterns) \
        and not any(fnmatchcase(header, pattern) for pattern in refused)


def check_layers(path):
    patterns = next(patterns for files, patterns in LAYERS if fnmatchcase(path, files))
    for quote, header in includes(path):
        if quote == '"' and not (ROOT / header).is_file():
            failures.append(f"{path}: \"{header}\" is no header of the project by its whole path")
        elif quote == '"' and not allows(patterns, header):
            failures.append(f"{path}: must not include {header}; it may include {', '.join(patterns)}")


def check_doors(path):
    for _, header in includes(path):
        for library, door in DOORS.items():
            if fnmatchcase(header, library) and not fnmatchcase(path, door):
                failures.append(f"{path}: must not include <{header}>; its door is {door}")


def check_header(compiler, path):
    """It compiles alone, and a second time does no harm."""
    text = f'#include "{path}"\n' * 2
    command = [compiler, "-std=c17", "-D_GNU_SOURCE", "-I.", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", "-"]
    done = subprocess.run(command, cwd=ROOT, input=text.encode(), capture_output=True)
    if done.returncode != 0:
        failures.append(f"{path}: does not compile alone:\n{done.stderr.decode(errors='replace').strip()}")


def check_listed():
    """Every source that a CMakeLists.txt names is there, but those that it makes in the build folder."""
    for lists, folders in (("CMakeLists.txt", [""]), ("tests/CMakeLists.txt", ["tests/", "tests/unit/"])):
        text = re.sub(r"#.*|OUTPUT \S+|\$\{CMAKE_BINARY_DIR\}\S+", "", (ROOT / lists).read_text())
        for name in re.findall(r"[\w./-]+\.(?:c|cc|py)\b", text):
            if not any((ROOT / folder / name).is_file() for folder in folders):
                failures.append(f"{lists}: {name} is not there")


def main():
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
    for path in sources("common", "worker"):
        check_layers(path)
        check_doors(path)
    for path in sources("common", "worker", "tests/unit"):
        if path.endswith(".h"):
            check_header(compiler, path)
    check_listed()
    print("\n".join(failures) or "every include is allowed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
