#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Doorbell's main job: builds the doorbell command, replays the captures of real Linux kernels, and
# tells the way of one MSI of them.
set -eu
cd "$(dirname "$0")/.."
. model/cmake/packages.sh
need gcc libc6-dev make cmake libfdt-dev libzstd-dev
build=build/demo
mkdir -p "$build"
{
    cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DDOORBELL_TESTS=OFF -DDOORBELL_SYSTEMC=OFF
    cmake --build "$build" --parallel "$(nproc)"
} >"$build/log" 2>&1 || { tail -n 40 "$build/log" >&2; exit 2; }
doorbell=$build/model/tool/doorbell
"$doorbell" replay traces/linux/*.trace.zst
echo
"$doorbell" explain traces/linux/linux-6.12-stage1.trace.zst:2010
