#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# FOLDER/README.md against the format headers and the list of tests: every name that a header gives a
# value has a row in the table that a `<!-- names: HEADER PREFIX -->` line announces, no row is of a
# name that is not there, and every test that a row names exists.
# usage: implemented.sh FOLDER CTEST BUILD_FOLDER
set -u
readme=$1/README.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$2" --test-dir "$3" -N | sed -n 's/^ *Test *#[0-9]*: //p' >"$work/tests"
[ -s "$work/tests" ] || { echo "implemented.sh: no tests in $3" >&2; exit 2; }
bad=0

# The rows: HEADER PREFIX NAME TESTS, with NAME as the header spells it; `choices -` has no names.
awk -F' *[|] *' '
/^<!-- names: / { split($0, w, " "); header = w[3]; prefix = w[4]; next }
/^<!-- choices / { header = "choices"; prefix = "-"; next }
/^#/ { header = "" }
header && /^\|/ && $2 != "name" && $2 != "what" && $2 !~ /^-+$/ {
    name = $2; gsub(/`/, "", name)
    tests = $(NF - 1)
    if (header != "choices") {
        p = prefix; gsub(/\./, "_", p)
        gsub(/\./, "_", name); name = toupper(name)
        if (index(name, toupper(p)) != 1) name = toupper(p) name
    }
    gsub(/ /, "_", name)
    gsub(/ /, "", tests)
    print header, prefix, name, tests
}' "$readme" >"$work/rows"

while read -r header prefix name tests; do
    [ -n "$tests" ] || { echo "$name: no test"; bad=1; continue; }
    for test in $(echo "$tests" | tr ',' ' '); do
        pattern=$(echo "$test" | sed 's/\./\\./g; s/\*/.*/g')
        grep -q "^$pattern\$" "$work/tests" || { echo "$name: there is no test $test"; bad=1; }
    done
    echo "$header $prefix $name" >>"$work/named"
done <"$work/rows"

for table in $(sed -n 's/^<!-- names: \([^ ]*\) \([^ ]*\) -->$/\1:\2/p' "$readme"); do
    header=${table%%:*}
    prefix=${table#*:}
    symbol=$(echo "$prefix" | tr '.' '_')
    # Sizes, pages and values of fields are no names of their own.
    grep -o "\b${symbol}[A-Za-z0-9_]* = " "$1/$header" | sed 's/ = $//' | sort -u |
        grep -v -E '^(STE_SIZE|STE_CONFIG_.*|CD_SIZE|CMD_SIZE|EVT_SIZE|PRI_SIZE|L1STD_SIZE|L1CD_SIZE|REG_PAGE.*|PMCG_PAGE|DBELL_PMCG_(TCU|TBU|GROUPS|COUNTERS)|DBELL_EVENT_NONE|ITS_CMD_SIZE)$' |
        tr 'a-z' 'A-Z' >"$work/in_header"
    awk -v h="$header" -v p="$prefix" '$1 == h && $2 == p { print $3 }' "$work/named" | sort -u >"$work/in_table"
    for name in $(comm -23 "$work/in_header" "$work/in_table"); do
        echo "$header: $name has no row"
        bad=1
    done
    for name in $(comm -13 "$work/in_header" "$work/in_table"); do
        echo "$header: there is no $name, but a row"
        bad=1
    done
done
exit $bad
