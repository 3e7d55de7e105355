# SPDX-License-Identifier: Apache-2.0 OR MIT
# Finds what the chosen options need, and names everything that is missing at once.

set(DOORBELL_MISSING "")

if(DOORBELL_TOOLS AND NOT DOORBELL_MACHINE)
  message(FATAL_ERROR "DOORBELL_TOOLS needs DOORBELL_MACHINE")
endif()

if(DOORBELL_MACHINE)
  find_package(FDT QUIET)
  if(NOT FDT_FOUND)
    list(APPEND DOORBELL_MISSING libfdt-dev)
  endif()
  find_package(ZSTD QUIET)
  if(NOT ZSTD_FOUND)
    list(APPEND DOORBELL_MISSING libzstd-dev)
  endif()
endif()

if(DOORBELL_TESTS)
  find_package(GTest QUIET)
  if(NOT GTest_FOUND)
    list(APPEND DOORBELL_MISSING libgtest-dev)
  endif()
endif()

if(DOORBELL_SYSTEMC)
  find_package(DoorbellSystemC QUIET)
  if(NOT DoorbellSystemC_FOUND)
    list(APPEND DOORBELL_MISSING libsystemc-dev)
  endif()
endif()

if(DOORBELL_MISSING)
  list(JOIN DOORBELL_MISSING " " DOORBELL_MISSING_LINE)
  message(FATAL_ERROR
          "Missing: ${DOORBELL_MISSING_LINE}\n"
          "On Debian: apt-get install ${DOORBELL_MISSING_LINE}\n"
          "Or leave out what needs it: -DDOORBELL_SYSTEMC=OFF, -DDOORBELL_TESTS=OFF, "
          "-DDOORBELL_TOOLS=OFF -DDOORBELL_MACHINE=OFF")
endif()
