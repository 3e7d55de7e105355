#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# The mutation tester finds every field, kills what tests notice and fails for what none notices.
# usage: self_test.sh SOURCE_FOLDER BUILD_FOLDER
set -eu
source=$1 build=$2 bad=0
mutate() { python3 "$source/tests/mutate/mutate.py" --source "$source" --build "$build" "$@"; }
complain() { echo "$*"; bad=1; }

for folder in smmu its; do
    # Every field has its mutant: each can be moved or made narrower.
    fields=$(find "$source/$folder" -name '*.h' -exec grep -hoE '[A-Z0-9_]+ = FIELD\(' {} + | wc -l)
    listed=$(mutate --folder "$folder" --list |
        awk '$3 == "move" || $3 == "narrow" {print $1, $4}' | sort -u | wc -l)
    [ "$fields" -eq "$listed" ] || complain "$folder: $listed of $fields fields are listed"
    repeated=$(mutate --folder "$folder" --list | sort | uniq -d)
    [ -z "$repeated" ] || complain "$folder: not unique: $repeated"
done

# The planted bugs still have their places.
for patch in "$source"/tests/mutate/planted/*.patch; do
    file=$source/$(sed -n 's|^+++ b/||p' "$patch")
    sed -n '/^--- /d; s/^-//p' "$patch" | while IFS= read -r line; do
        grep -qxF -e "$line" "$file" || echo "$(basename "$patch"): not in $file: $line"
    done
done >"$build.planted"
[ ! -s "$build.planted" ] || { cat "$build.planted"; bad=1; }

# One of each kind that the tests of the configuration and of the queues notice.
only='^smmu/(ste\.h - move STE_CONFIG |ste\.h - narrow STE_CONFIG |cmd\.h - step CMD_SYNC '
only="$only"'|ste\.c dbell__ste_decode (delete|invert) !get\(w, STE_V\)$)'
mutate --only "$only" --tests '^(config|queues)_test$' --verbose >"$build.out" 2>&1 ||
    complain "a mutant survives"
killed=$(grep -c '^[0-9/]* killed ' "$build.out") || true
[ "$killed" -eq 5 ] || complain "$killed of 5 mutants are killed"

# A survivor that is not on the list is a failure.
if mutate --only 'ste\.h - move STE_CONFIG ' --tests '^base_test$' >>"$build.out" 2>&1; then
    complain "no failure for a survivor"
fi
grep -q '^survives: smmu/ste\.h - move STE_CONFIG ' "$build.out" || complain "a survivor is not named"
[ $bad -eq 0 ] || cat "$build.out"
exit $bad
