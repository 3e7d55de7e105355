#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Mutates a source folder and says which mutants no test notices; --help for the options.
set -eu
cd "$(dirname "$0")/../.."
. model/cmake/packages.sh
need gcc g++ libc6-dev make cmake pkg-config libfdt-dev libzstd-dev libgtest-dev python3
exec python3 tests/mutate/mutate.py "$@"
