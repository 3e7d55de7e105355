#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# The statistics of a timed replay fit each other: steps of a histogram sum up to its count, shares to 1,
# rates are hits of lookups; each line says what it is; --json has the same numbers.
# usage: statistics.sh DOORBELL
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" gen workload nvme pages=64 accesses=64 >"$work/load.trace"
"$1" replay --timed "$work/load.trace" >"$work/text"
"$1" replay --timed --json "$work/load.trace" >"$work/json"
awk '
function fail(why) { print why; bad = 1 }
/^---------- Begin Simulation Statistics/ { inside = 1; next }
/^---------- End Simulation Statistics/ { inside = 0; ended = 1; next }
!inside { next }
!/  # .*\((Cycle|Count|Byte|Ratio)\)$/ { fail($0 ": says not what it is") }
{ lines++; value[$1] = $2 }
$1 ~ /::/ { split($1, n, "::"); sum[n[1]] += $2; last[n[1]] = $4 }
$1 ~ /^unit\..*\.share$/ { share += $2 }
END {
    for (h in sum) {
        histograms++
        if (sum[h] != value[h ".count"]) fail(h ": steps sum up to " sum[h])
        if (last[h] != "100.00%") fail(h ": ends with " last[h])
    }
    if (histograms < 3) fail("histograms: " histograms + 0)
    if (share < 0.97 || share > 1) fail("shares sum up to " share) # each is rounded down
    h = value["cache.tlb.hits"]; all = h + value["cache.tlb.misses"]
    if (!all || int(h * 1000 / all) / 1000 != value["cache.tlb.hit_rate"]) fail("hit_rate")
    o = value["pool.tbu.slots.occupied"]
    if (int(o * 1000 / value["cycles"]) / 1000 != value["pool.tbu.slots.mean"]) fail("mean")
    if (!ended || lines < 100) fail("lines: " lines + 0)
    exit bad
}' "$work/text"
# Every line but the steps is a member.
sed -n '/^---------- Begin/,/^---------- End/p' "$work/text" | grep -v -e '^---' -e '::' |
    awk '{ print "\"" $1 "\":" $2 }' | sort >"$work/lines"
sed 's/.*"timed":{//; s/}.*//' "$work/json" | sed 's/"[a-z0-9:._]*\.histogram":\[[^"]*\],*//g' |
    tr ',' '\n' | grep . | sort >"$work/members"
diff "$work/lines" "$work/members"
