#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Every file says its licence in one of its first three lines; traces and formats without comments
# (and pictures that a command draws) are covered by traces/README.md and LICENSE.
# usage: licence.sh SOURCE_FOLDER
cd "$1" || exit 2
bad=0
for file in $(find . \( -name .git -o -name build -o -name corpus -o -name 'corpus_*' \) -prune -o -type f -print); do
    case $file in
    *.json | *.zst | *.dtb | *.svg | */traces/linux/* | */traces/conformance/* | ./LICENSE) continue ;;
    esac
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0 OR MIT' || { echo "$file: no SPDX line"; bad=1; }
done
exit $bad
