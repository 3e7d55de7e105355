#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Every installed C header alone, as C11 and as C++17.
# usage: headers.sh INCLUDE_FOLDER CC CXX
include=$1 cc=$2 cxx=$3 bad=0
set -- "$include"/doorbell/*.h
[ -f "$1" ] || { echo "no headers in $include/doorbell"; exit 2; }
strict="-pedantic -Wall -Wextra -Wconversion -Wshadow -Werror -fsyntax-only"
for header; do
    line="#include <doorbell/$(basename "$header")>"
    # shellcheck disable=SC2086 # a list of options
    echo "$line" | "$cc" -std=c11 $strict -I "$include" -x c - || bad=1
    # shellcheck disable=SC2086
    echo "$line" | "$cxx" -std=c++17 $strict -I "$include" -x c++ - || bad=1
done
exit $bad
