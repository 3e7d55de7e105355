#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Builds a harness with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, and runs it from
# its committed corpus.
# usage: run.sh HARNESS [SECONDS [SEED]]     HARNESS: smmu, its, pcie, trace; SEED 0: another one each time
#   What it learns stays in build/fuzz/learnt_HARNESS, findings are in build/fuzz/found_HARNESS;
#   exit 1 if there are any.
set -eu
cd "$(dirname "$0")/../.."
. model/cmake/packages.sh
need clang libclang-rt-dev libc6-dev make cmake pkg-config libfdt-dev libzstd-dev
harness=${1:?usage: run.sh HARNESS [SECONDS [SEED]]}
seconds=${2:-60}
seed=${3:-1}
corpus=tests/fuzz/corpus_$harness
[ "$harness" != trace ] || corpus=tests/fuzz/corpus
[ -d "$corpus" ] || { echo "run.sh: no harness $harness" >&2; exit 2; }
build=build/fuzz
learnt=$build/learnt_$harness
found=$build/found_$harness
log=$build/log_$harness
mkdir -p "$learnt" "$found"
{
    cmake --preset fuzz
    cmake --build "$build" --parallel "${JOBS:-$(nproc)}" --target "${harness}_fuzz"
} >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 2; }
UBSAN_OPTIONS=print_stacktrace=1 "$build/tests/fuzz/${harness}_fuzz" -seed="$seed" \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$found/" \
    "$learnt" "$corpus" >"$log" 2>&1 || {
    grep -E 'violated:|runtime error:|ERROR:|SUMMARY:|Test unit' "$log" >&2 || tail -n 40 "$log" >&2
    echo "Found: $found (run $build/tests/fuzz/${harness}_fuzz on a file there; log: $log)" >&2
    exit 1
}
grep '^#' "$log" | grep -E 'INITED|DONE'
echo "Nothing found in $seconds s from seed $seed. Learnt: $learnt"
