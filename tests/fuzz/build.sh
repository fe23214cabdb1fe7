#!/usr/bin/env bash
# Builds every fuzz target into $OUT, each with its seeds, dictionary and options, as OSS-Fuzz expects. It sets $CC, $CXX,
# $CFLAGS, $CXXFLAGS, $LIB_FUZZING_ENGINE, $SRC, $WORK and $OUT; tests/fuzz/run does the same on this machine.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)

# CMake reads $CC, $CXX, $CFLAGS and $CXXFLAGS by itself.
cmake -S "$source" -B "$WORK/build" -G Ninja -DCMAKE_BUILD_TYPE=None \
    -DTRENDMILL_FUZZ=ON -DTRENDMILL_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" >/dev/null
cmake --build "$WORK/build" --target fuzz

built=$WORK/build/tests/fuzz
mkdir -p "$OUT/lib"
cp -r "$built/files" "$OUT"
python3 "$source/tests/fuzz/seeds.py" "$OUT"
while read -r target; do
    cp --remove-destination "$built/$target" "$OUT/$target"    # a running one keeps its file
    cp "$source/tests/fuzz/options" "$OUT/$target.options"
done <"$built/targets"

# The machine that fuzzes has the C and C++ libraries alone.
ldd "$OUT/post" "$OUT/replay" | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
    grep -vE '/(ld-linux[^/]*|lib(c|m|dl|rt|pthread|gcc_s|resolv))\.so' | xargs -r cp -L --remove-destination -t "$OUT/lib"
