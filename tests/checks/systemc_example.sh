#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# The example platform: all data comes back, every command is told of, wrong arguments are named.
# And its page says what it prints.
# usage: systemc_example.sh DOORBELL_PLATFORM FILE.dtb README
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tool=$1 tree=$2 page=$3

runs() { # options...: both controllers, nothing lost
    "$tool" "$@" "$tree" >"$work/out" 2>"$work/err" || { cat "$work/out" "$work/err"; exit 1; }
    [ "$(grep -c '^nvme[01]: .* 0 errors;' "$work/out")" = 2 ] || { cat "$work/out"; exit 1; }
}
runs
grep -q '^nvme0: 256 commands' "$work/out"
cp "$work/out" "$work/first"
runs
cmp "$work/out" "$work/first" # the same again
runs --strict
runs --preset ideal --ios 1000 --depth 63
runs --ios 2 --depth 1 --set smmu.memory.latency=1000
runs --vcd "$work/all.vcd"
cmp "$work/out" "$work/first" # to be looked at changes nothing
grep -q 'cpu0' "$work/all.vcd"

"$tool" "$tree" >"$work/told"
"$tool" --strict "$tree" >>"$work/told"
sed -n '/^```console/,/^```$/p' "$page" | grep '^nvme' | diff - "$work/told"

refused() { # STATUS TEXT arguments...
    status=0 wanted=$1 text=$2
    shift 2
    "$tool" "$@" >"$work/out" 2>"$work/err" || status=$?
    if [ "$status" != "$wanted" ] || ! grep -q -e "$text" "$work/err"; then
        echo "$*: status $status"
        cat "$work/err"
        exit 1
    fi
}
refused 2 usage
refused 2 '--ios 3 is not' --ios 3 "$tree"
refused 2 '--depth 64 is not' --depth 64 "$tree"
refused 2 '--set smmu.none=1 is not' --set smmu.none=1 "$tree"
refused 2 '--vcd x is not' --vcd x "$tree"
refused 2 '--depth  is not' "$tree" --depth
refused 1 'cannot be read' "$work/none.dtb"
head -c 1000 "$tree" >"$work/short.dtb"
refused 1 'short.dtb: ' "$work/short.dtb"
: >"$work/empty.dtb"
refused 1 'empty.dtb: ' "$work/empty.dtb"
