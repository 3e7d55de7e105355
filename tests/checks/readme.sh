#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# The README's copies of files are the files, and its console blocks print what it says they print.
# usage: readme.sh SOURCE_FOLDER DOORBELL_COMMAND
source=$1 PATH=$(dirname "$2"):$PATH bad=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" && ln -s "$source/traces" traces || exit 2

# Fenced blocks of the README, one file each, named by their language.
awk '/^```/ { if (open) { open = 0; close(name) }
              else { open = 1; name = "block" ++n "." substr($0, 4); printf "" > name }
              next }
     open { print > name }' "$source/README.md"

for file in traces/first.trace tests/consumer/smmu/main.c; do
    found=
    for block in block*; do
        cmp -s "$block" "$source/$file" && found=yes
    done
    [ -n "$found" ] || { echo "README.md: no block is $file as it stands"; bad=1; }
done

# Fragments of C are lines of the systems' source.
for block in block*.c; do
    tr '\n' '\001' <"$block" >flat
    for file in traces/first.trace tests/consumer/smmu/main.c tests/consumer/systems/main.c; do
        tr '\n' '\001' <"$source/$file" | grep -qFf flat && continue 2
    done
    echo "README.md: $block is in no source file"
    bad=1
done

# The scenarios' page lists them all, and says which are traces.
doorbell gen --list | awk '{ print $1, $2 }' >listed
sed -n 's/^| [0-9.]* | `\([a-z0-9_]*\)` | \(\[trace\]\|C:\).*/\1 \2/p' "$source/traces/scenarios/README.md" |
    sed 's/\[trace\]/trace/; s/C:/C/' >told
diff listed told >difference || { echo "traces/scenarios/README.md:"; cat difference; bad=1; }
for name in $(awk '$2 == "trace" { print $1 }' listed); do
    grep -q "]($name.trace)" "$source/traces/scenarios/README.md" || { echo "$name: no link"; bad=1; }
done

consoles=0
for block in block*.console; do
    : >printed
    sed -n 's/^\$ //p' "$block" >commands
    while IFS= read -r command; do
        printf '$ %s\n' "$command" >>printed
        sh -c "$command" >>printed 2>&1
    done <commands
    diff "$block" printed >difference || { echo "README.md, $block:"; cat difference; bad=1; }
    consoles=$((consoles + 1))
done
[ "$consoles" -ge 3 ] || { echo "README.md: only $consoles console blocks"; bad=1; }
exit $bad
