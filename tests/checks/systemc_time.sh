#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# A trace in modelled time passes through the SystemC modules in the very cycles of the C machine: what
# is reported, and each access's cycles; in four phases, and loosely timed. With a fourth argument memory is behind sockets and has
# that latency there.
# usage: systemc_time.sh DOORBELL DOORBELL_SC TRACE PRESET [CYCLES]
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
doorbell=$1 doorbell_sc=$2 trace=$3 preset=$4 cycles=${5-}
run() { # NAME TOOL options...
    name=$1 tool=$2
    shift 2
    if ! "$tool" replay --timed --preset "$preset" "$@" --json --accesses "$work/$name.csv" \
        "$trace" >"$work/$name.json" 2>"$work/$name.err"; then
        echo "$name: the trace does not hold"
        cat "$work/$name.err"
        exit 1
    fi
}
set --
if [ -n "$cycles" ]; then
    for memory in smmu.memory smmu.data its.memory gic.memory; do
        set -- "$@" --set "$memory.latency=$cycles"
    done
fi
run c "$doorbell" "$@"
[ -z "$cycles" ] || set -- "$@" --ram-latency "$cycles"
run systemc "$doorbell_sc" "$@"
same() { # NAME
    for kind in json csv; do
        cmp "$work/c.$kind" "$work/$1.$kind" || exit 1
    done
}
same systemc
[ -z "$cycles" ] || exit 0
run loosely "$doorbell_sc" --loosely
same loosely
