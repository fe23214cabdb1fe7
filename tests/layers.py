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
    "sqlite3.h": "common/sql*.c",
    "openssl/*.h": "common/sha256.c",
    "hs*.h": "worker/text/regex.c",
    "hs/*.h": "worker/text/regex.c",
    "simdjson*.h": "worker/decode/decode_simdjson.cc",
    "cld2/*": "worker/text/cld2.cc",
    "microhttpd.h": "common/http*.c",
    "librdkafka/*.h": "worker/kafka/*",
}

# The house from its foundation up. A file may include its own module and those of the groups to the left; the modules of
# one group do not know each other. A module is a folder of worker/, or a file of that name with its header.
HOUSE = ("common | text post parts | message | port decode enrich | rules | route hides crash | config file_port | monitor | "
         "kafka line | lane setup | worker | trends status | command | main")
GROUPS = [group.split() for group in HOUSE.split("|")]

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)

failures = []


def sources(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".c", ".cc", ".h"):
                yield path.relative_to(ROOT).as_posix()


def includes(path):
    return INCLUDE.findall((ROOT / path).read_text())


def module_of(path):
    """common, a folder of worker/, or the stem of a file in it."""
    parts = path.split("/")
    return parts[0] if parts[0] == "common" else parts[1].split(".")[0]


def group_of(module):
    return next((at for at, group in enumerate(GROUPS) if module in group), None)


def may_include(path, header):
    own, other = module_of(path), module_of(header)
    return own == other or group_of(other) < group_of(own)


def check_layers(path):
    if group_of(module_of(path)) is None:
        failures.append(f"{path}: module {module_of(path)} has no place in the list of groups")
        return
    for quote, header in includes(path):
        if quote == '"' and not (ROOT / header).is_file():
            failures.append(f"{path}: \"{header}\" is not a header of the project by its whole path")
        elif quote == '"' and group_of(module_of(header)) is not None and not may_include(path, header):
            failures.append(f"{path}: must not include {header}: {module_of(header)} is not to the left of "
                            f"{module_of(path)} in: {HOUSE}")


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
    for lists, folders in (("CMakeLists.txt", [""]), ("tests/CMakeLists.txt", ["tests/", "tests/unit/"]),
                           ("tests/fuzz/CMakeLists.txt", ["tests/fuzz/"])):
        text = re.sub(r"#.*|OUTPUT \S+|\$\{CMAKE_BINARY_DIR\}\S+", "", (ROOT / lists).read_text())
        for name in re.findall(r"[\w./-]+\.(?:c|cc|py)\b", text):
            if not any((ROOT / folder / name).is_file() for folder in folders):
                failures.append(f"{lists}: {name} is not there")


def main():
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
    for path in sources("common", "worker"):
        check_layers(path)
        check_doors(path)
    for path in sources("common", "worker", "tests/unit", "tests/fuzz"):
        if path.endswith(".h"):
            check_header(compiler, path)
    check_listed()
    print("\n".join(failures) or "every include is allowed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
