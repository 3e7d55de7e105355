#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# What the timed commands write can be read by others, adds up, and is refused when it is wrong.
# usage: sweep.sh SOURCE_FOLDER DOORBELL_COMMAND
source=$1 PATH=$(dirname "$2"):$PATH bad=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
complain() { echo "$*"; bad=1; }
wants() { # CODE COMMAND...: it ends with that code, and says why on stderr
    code=$1
    shift
    "$@" >out 2>err
    got=$?
    [ $got -eq "$code" ] || complain "$*: exit code $got, not $code"
    [ "$code" -lt 2 ] || [ -s err ] || complain "$*: no word on stderr"
}

doorbell gen workload random pages=128 accesses=512 >random.trace || complain "no workload"
doorbell gen workload nic accesses=16 devices=2 >nic.trace || complain "no workload"

# A grid in parts is the grid.
set -- --vary smmu.tbu.tlb.entries=16,64,256 --vary smmu.memory.latency=20,200
wants 0 doorbell sweep "$@" --json whole.json --html whole.html random.trace nic.trace
mv out whole.csv
[ "$(wc -l <whole.csv)" -eq 13 ] || complain "not 12 points"
for part in 1 2 3; do
    doorbell sweep "$@" --jobs 1 --shard $part/3 random.trace nic.trace >part$part.csv
done
wants 0 doorbell merge part2.csv part3.csv part1.csv --json merged.json --html merged.html
for kind in json html; do cmp merged.$kind whole.$kind || bad=1; done
cmp out whole.csv || bad=1

# More memory latency never makes it faster, more entries never cost reads.
awk -F, 'NR > 1 && $3 == 16 { if ($4 == 20) near[$2] = $9; else if ($9 > near[$2]) exit 1 }' whole.csv ||
    complain "throughput grows with latency"

# Others can read it.
doorbell replay --timed --timeline spans.json --accesses accesses.csv random.trace >/dev/null || complain "replay"
doorbell replay --timed --json nic.trace >replay.json || complain "replay --json"
doorbell timing --json arm-mmu600 >timing.json || complain "timing --json"
doorbell timing arm-mmu600 >own.config
wants 0 doorbell replay --config own.config random.trace
if command -v python3 >/dev/null; then
    python3 - <<'END' || bad=1
import collections, csv, json
table = list(csv.DictReader(open("whole.csv")))
assert [p["cycles"] for p in json.load(open("whole.json"))["points"]] == [int(r["cycles"]) for r in table]
assert all(r["failed"] == "0" for r in table)
rows = list(csv.DictReader(open("accesses.csv")))
assert len(rows) == 512
units = [n[:-7] for n in rows[0] if n.endswith(".visits")]
for r in rows:
    assert sum(int(r[u]) for u in units) == int(r["ended"]) - int(r["issued"])
events = json.load(open("spans.json"))["traceEvents"]
lanes = collections.defaultdict(list)
for e in events:
    if e["ph"] == "X":
        lanes[e["pid"], e["tid"]].append((e["ts"], e["ts"] + e["dur"]))
assert lanes
for spans in lanes.values():
    spans.sort()
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:]))
timed = json.load(open("replay.json"))["files"][0]["timed"]
assert timed["device.0000:01:00.0.latency.count"] == timed["device.0000:02:00.0.latency.count"]
assert len(json.load(open("timing.json"))["parameters"]) > 100
END
fi

# A workload is made for each point.
wants 0 doorbell sweep --workload random --set accesses=512 --vary pages=16,64,256 --vary smmu.tbu.tlb.entries=64
[ "$(awk -F, 'NR > 1 { print $3, ($6 > 0) }' out | tr '\n' ' ')" = "16 1 64 1 256 1 " ] || complain "pages do not vary"
awk -F, 'NR > 1 { if ($9 > last && NR > 2) exit 1; last = $9 }' out || complain "more pages are faster"

# The page's picture is what its command makes.
sed -n '/^doorbell sweep --workload/,/--svg wall.svg/p' "$source/model/timing/README.md" >command
[ -s command ] || complain "model/timing/README.md: no command"
sh ./command >out || complain "model/timing/README.md: its command fails"
cmp wall.svg "$source/model/timing/wall.svg" || complain "model/timing/wall.svg is another"

# What is wrong is said.
wants 2 doorbell sweep --workload disk
wants 2 doorbell sweep --workload random --vary page=1
wants 2 doorbell sweep --workload random --set pages=0
wants 2 doorbell sweep
wants 2 doorbell sweep --vary smmu.tbu.slots=1,x random.trace
wants 2 doorbell sweep --vary smmu.tbu.slot=1 random.trace
wants 2 doorbell sweep --vary smmu.tbu.slots random.trace
wants 2 doorbell sweep --shard 4/3 random.trace
wants 2 doorbell sweep --shard 0/3 random.trace
wants 2 doorbell sweep --jobs 0 random.trace
wants 2 doorbell sweep --vary
wants 2 doorbell sweep --vary smmu.tbu.slots=1 nowhere.trace
wants 2 doorbell merge part1.csv part1.csv
wants 2 doorbell merge random.trace
wants 2 doorbell merge nowhere.csv
wants 2 doorbell merge
wants 2 doorbell replay --set smmu.tbu.slots=70000 random.trace
wants 2 doorbell replay --set smmu.tbu.slots random.trace
wants 2 doorbell replay --preset mmu700 random.trace
wants 2 doorbell replay --config random.trace random.trace
wants 2 doorbell replay --timeline . random.trace
wants 2 doorbell replay --set
wants 2 doorbell timing mmu700
wants 2 doorbell gen workload
wants 2 doorbell gen workload stream pages=0
exit $bad
