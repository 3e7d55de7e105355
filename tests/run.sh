#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Builds everything and passes the tests.
set -eu
cd "$(dirname "$0")/.."
. model/cmake/packages.sh
need gcc g++ libc6-dev make cmake pkg-config zstd libfdt-dev libzstd-dev libgtest-dev libsystemc-dev \
    python3
build=build/tests
mkdir -p "$build"
{
    cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release
    cmake --build "$build" --parallel "$(nproc)"
} >"$build/log" 2>&1 || { tail -n 40 "$build/log" >&2; exit 2; }
ctest --test-dir "$build" --parallel "$(nproc)" --output-on-failure
