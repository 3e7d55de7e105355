#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Line coverage of one folder by the whole suite, with gcov.
# usage: coverage.sh [FOLDER [PERCENT]]
#   FOLDER is smmu unless given; exit 1 below PERCENT. The lines that were not run are printed.
set -eu
cd "$(dirname "$0")/.."
. model/cmake/packages.sh
need gcc g++ libc6-dev make cmake pkg-config zstd libfdt-dev libzstd-dev libgtest-dev
folder=${1:-smmu}
least=${2:-0}
build=build/coverage_lines
mkdir -p "$build"
{
    cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Debug -DDOORBELL_SYSTEMC=OFF \
        -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ -DCMAKE_C_FLAGS="--coverage -O0" \
        -DCMAKE_EXE_LINKER_FLAGS=--coverage
    cmake --build "$build" --parallel "$(nproc)"
    find "$build" -name '*.gcda' -delete
    ctest --test-dir "$build" --parallel "$(nproc)" --label-exclude 'checks|install|mutate'
} >"$build/log" 2>&1 || { tail -n 40 "$build/log" >&2; exit 2; }
objects=$(find "$build/$folder" -name '*.gcda')
rm -rf "$build/gcov"
mkdir -p "$build/gcov"
# shellcheck disable=SC2086 # a list of files
(cd "$build/gcov" && gcov -p $(for o in $objects; do echo "../../../$o"; done) >/dev/null 2>&1)
# "        -:" is no code, "    #####:" was never run.
for source in "$folder"/*.c "$folder"/*.h; do
    report=$(find "$build/gcov" -name "*#$folder#$(basename "$source").gcov" | head -n 1)
    [ -z "$report" ] || awk -F: -v file="$source" '
        $1 !~ /^ *-$/ && $2 + 0 > 0 { lines++; if ($1 ~ /#####|=====/) print file ":" $2 + 0 ":" $3; else run++ }
        END { print "TOTAL", lines + 0, run + 0 }' "$report"
done | awk -v least="$least" -v folder="$folder" '
    $1 == "TOTAL" { lines += $2; run += $3; next }
    { print }
    END {
        percent = lines ? 100 * run / lines : 0
        printf "%d of %d lines of %s/: %.1f %%\n", run, lines, folder, percent
        exit percent < least
    }'
