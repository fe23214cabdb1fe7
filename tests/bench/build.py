"""A release with the benchmark's own tools."""
import os
import subprocess

from meter import Failed

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))


def build_release():
    folder = os.path.join(ROOT, "build/bench")
    steps = [["cmake", "--preset", "release", "-B", folder, "-DTRENDMILL_TESTS=OFF",
              "-DCMAKE_PROJECT_trendmill_INCLUDE=" + os.path.join(ROOT, "tests/bench/bench.cmake")],
             ["cmake", "--build", folder, "--target", "trendmill", "bench-passthrough", "bench-parts"]]
    for step in steps:
        done = subprocess.run(step, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise Failed("the build failed; its output ends:\n" + done.stdout[-3000:])
    return folder
