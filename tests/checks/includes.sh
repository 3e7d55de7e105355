#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Who may include whom: base <- {smmu, its, pcie, host, timing} <- parts <- machine <- {tool, systemc};
# smmu and its meet in parts and machine only, pcie with them in machine, and host shares nothing with them.
# usage: includes.sh SOURCE_FOLDER
cd "$1" || exit 2
part_of() { # the part that a header belongs to, by its name as included
    case $1 in
    doorbell/smmu.h | doorbell/smmu_features.h) echo smmu ;;
    doorbell/its.h | doorbell/gic.h | doorbell/v2m.h) echo its ;;
    doorbell/pcie.h | doorbell/agent.h | doorbell/endpoint.h | doorbell/root.h | doorbell/tce.h | doorbell/fee.h) echo pcie ;;
    doorbell/host.h | doorbell/driver.h | doorbell/container.h) echo host ;;
    doorbell/timing.h | doorbell/clockwork.h | doorbell/histogram.h) echo timing ;;
    doorbell/parts.h) echo parts ;;
    doorbell/machine.h | doorbell/timed.h | doorbell/reports.h | doorbell/isolation.h | doorbell/platform.h | doorbell/system.h | doorbell/replay.h | doorbell/trace.h) echo machine ;;
    doorbell/systemc.hpp | doorbell/systemc_time.hpp | doorbell/systemc_board.hpp | doorbell/systemc_cci.hpp) echo systemc ;;
    doorbell/*) [ -f "model/base/include/$1" ] && echo base || echo "unknown($1)" ;;
    base/*) echo base ;;
    */*) case $1 in gtest/* | sys/* | tlm_utils/*) echo system ;; *) echo "unknown($1)" ;; esac ;;
    *) found=$(find smmu its pcie model -name "$1" | head -n 1) # a header of one's own, by its folder
        case $found in
        "") echo system ;;
        model/*) found=${found#model/}; echo "${found%%/*}" ;;
        *) echo "${found%%/*}" ;;
        esac ;;
    esac
}
bad=0
check() { # FOLDER PART allowed...
    folder=$1 part=$2
    shift 2
    for file in $(find "$folder" -name '*.[ch]' -o -name '*.[ch]pp'); do
        for header in $(sed -n 's/^ *# *include *[<"]\([^">]*\)[">].*/\1/p' "$file"); do
            to=$(part_of "$header")
            case " $part system $* " in
            *" $to "*) ;;
            *) echo "$file includes $header: $part must not know $to"; bad=1 ;;
            esac
        done
    done
}
check model/base base
check smmu smmu base
check its its base
check pcie pcie base
check model/host host base
check model/timing timing base
check model/parts parts base smmu its timing
check model/machine machine base smmu its pcie timing parts
check model/scenario scenario base smmu its pcie host machine timing
check model/tool tool scenario base smmu its pcie host machine timing
check model/systemc systemc base smmu its pcie machine timing parts tool
check model/example example base smmu its host machine timing systemc
exit $bad
