#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Bugs planted into smmu/ on purpose, each into a copy of the tree: does the fuzzing harness find
# them, and how soon?
# usage: planted.sh [SECONDS [SEED [CORPUS]]]
#   Up to SECONDS (600) for each; CORPUS is what fuzzing starts from, `none` for nothing. Exit 1 if
#   one is not found or does not apply.
set -u
cd "$(dirname "$0")/../.." || exit 2
. model/cmake/packages.sh
need clang libclang-rt-dev libc6-dev make cmake patch || exit 2
seconds=${1:-600}
seed=${2:-1}
corpus=${3:-tests/fuzz/corpus_smmu}
work=build/planted
rm -rf "$work"
mkdir -p "$work/empty"
[ "$corpus" != none ] || corpus=$work/empty
status=0

# build NAME: the harness of the tree $work/NAME.
build() {
    cmake -S "$work/$1" -B "$work/$1/build" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DCMAKE_C_COMPILER=clang -DDOORBELL_FUZZ=ON -DDOORBELL_TESTS=OFF -DDOORBELL_TOOLS=OFF \
        -DDOORBELL_SYSTEMC=OFF -DDOORBELL_MACHINE=OFF &&
        cmake --build "$work/$1/build" --parallel "${JOBS:-$(nproc)}" --target smmu_fuzz
}

for patch in tests/mutate/planted/*.patch; do
    name=$(basename "$patch" .patch)
    mkdir -p "$work/$name/new"
    tar -cf - --exclude=./build --exclude=./.git --exclude=./traces . | tar -xf - -C "$work/$name"
    if ! patch -s -p1 -d "$work/$name" <"$patch" || ! build "$name" >"$work/$name.build" 2>&1; then
        echo "$name: does not apply or build"
        status=1
        continue
    fi
    start=$(date +%s)
    if "$work/$name/build/tests/fuzz/smmu_fuzz" -seed="$seed" -max_total_time="$seconds" \
        -max_len=2048 -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$work/$name-" \
        "$work/$name/new" "$corpus" >"$work/$name.log" 2>&1; then
        echo "$name: not found in $seconds s"
        status=1
    else
        printf '%s: found in %s s, %s runs: %s\n' "$name" $(($(date +%s) - start)) \
            "$(sed -n 's/^#\([0-9]*\).*/\1/p' "$work/$name.log" | tail -n 1)" \
            "$(grep -m 1 -o -E 'violated:.*|runtime error:.*|ERROR:.*' "$work/$name.log")"
    fi
done
exit "$status"
