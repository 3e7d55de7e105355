#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# With a memory latency and nothing else each trace of traces/reads takes as much of it as it has reads,
# as fields of --json: a lone access (translation.max), a message to an ITS (msi.pending.max); and what is
# made twice nothing the second time (.min). The reads are the trace's own: its last counters, or
# what its second line ends with.
# usage: reads_in_time.sh DOORBELL TRACES
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0 checked=0
for trace in "$2"/*.trace; do
    case $trace in
    */its_*) reads=$(sed -n '2s/.*: \([0-9]*\)$/\1/p' "$trace") field='"msi\.pending' ;;
    *)
        times=$(grep -c '^dma' "$trace") field='\.translation'
        reads=$(sed -n 's/^stat name=smmu0.reads.*val=//p' "$trace" | tail -n 6 |
            awk -v n="$times" '{ sum += $1 } END { print sum / n }')
        ;;
    esac
    [ -n "$reads" ] || { echo "$trace: its reads are not told"; bad=1; continue; }
    "$1" replay --timed --preset ideal --set smmu.memory.latency=1000 --set its.memory.latency=1000 \
        --set gic.memory.latency=1000 --json "$trace" >"$work/json" || bad=1
    tr ',' '\n' <"$work/json" >"$work/fields"
    least=$((reads * 1000))
    case $trace in */its_* | *_twice.trace) least=0 ;; esac
    for end in "max\":$((reads * 1000))" "min\":$least"; do
        grep -q "$field\.$end\$" "$work/fields" ||
            { echo "$trace: no field $field.$end"; grep -e "$field" "$work/fields"; bad=1; }
    done
    checked=$((checked + 1))
done
[ "$checked" -ge 30 ] || { echo "only $checked traces"; bad=1; }
exit $bad
