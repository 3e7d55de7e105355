#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# How much of a part the committed corpus of its harness reaches, in edges of the control flow graph.
# usage: coverage.sh PART [PERCENT [CORPUS]]     PART: smmu, its, pcie
#   exit 1 below PERCENT; MISSED=1 lists the lines of the edges that are not reached
set -eu
cd "$(dirname "$0")/../.."
. model/cmake/packages.sh
need clang libc6-dev binutils
part=${1:?usage: coverage.sh PART [PERCENT [CORPUS]]}
least=${2:-0}
corpus=${3:-tests/fuzz/corpus_$part}
build=build/coverage
rm -rf "$build"
mkdir -p "$build"
includes="-I model -I $part -I tests/fuzz"
for folder in "$part/include" model/base/include model/host/include; do
    includes="$includes -I $folder"
done
# Every condition as it stands in the source: not optimised, nothing inlined.
# shellcheck disable=SC2086 # lists of words
for source in "$part"/*.c; do
    clang -std=c11 -O0 -g $includes -fsanitize-coverage=inline-8bit-counters,pc-table \
        -c "$source" -o "$build/part_$(basename "$source" .c).o"
done
# shellcheck disable=SC2086
clang -std=c11 -O1 -g $includes tests/fuzz/${part}_*.c \
    tests/fuzz/records.c tests/fuzz/corpus_main.c tests/fuzz/coverage.c model/base/*.c model/host/*.c \
    "$build"/part_*.o -o "$build/corpus"
MISSED="$build/missed" "$build/corpus" "$corpus"/* >"$build/log"
tail -n 1 "$build/log" | awk -v least="$least" -v files="$(ls "$corpus" | wc -l)" -v part="$part" '{
    percent = 100 * $4 / $2
    printf "%d of %d edges of %s/: %.1f %% by %d files\n", $4, $2, part, percent, files
    exit percent < least
}' || status=1
if [ -n "${MISSED:-}" ]; then
    addr2line -s -f -p -e "$build/corpus" <"$build/missed" | sort | uniq -c
fi
exit "${status:-0}"
