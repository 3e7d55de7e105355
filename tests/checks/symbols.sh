#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# What the libraries hold and need: no mutable data, nothing exported but dbell_*, and in the core
# no allocation, no stdio, no way to end the process.
# usage: symbols.sh NM ARCHIVE...
nm=$1
shift
bad=0
complain() {
    [ -z "$2" ] || { echo "$1: $2"; bad=1; }
}
for archive; do
    listing=$("$nm" "$archive") || exit 2
    # By section: constants that hold pointers lie in .data.rel.ro, which is made read-only.
    complain "$archive: mutable data" "$("$nm" --format=sysv "$archive" |
        awk -F'|' 'NF == 7 {gsub(/ /, "", $1); gsub(/ /, "", $7); print $7, $1}' |
        grep -E '^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)' | grep -v -E '^\.data\.rel\.ro| (__asan|__ubsan|__odr|\.L)')"
    complain "$archive: exported" "$(echo "$listing" | awk 'NF == 3 && $2 ~ /^[TRVW]$/ {print $3}' | grep -v '^dbell_')"
    case $archive in
    *_machine.a) ;;
    *) complain "$archive: needs" "$(echo "$listing" | awk '$1 == "U" {print $2}' |
            grep -E '^(malloc|calloc|realloc|free|abort|exit|_exit|__assert.*|v?f?s?n?printf|__.*printf_chk|puts|fputs|putchar|fwrite|fopen|time|clock|clock_gettime|rand|pthread_.*|getenv)$')" ;;
    esac
done
exit $bad
