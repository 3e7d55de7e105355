# SPDX-License-Identifier: Apache-2.0 OR MIT
# cmake -DSOURCE=project -DBINARY=folder -DPREFIX=installed -DCOMPILER=cc -DFLAGS= -P run.cmake
# Builds a consumer against an installed Doorbell, and runs it.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${result}")
  endif()
endfunction()
file(REMOVE_RECURSE "${BINARY}")
run("${CMAKE_COMMAND}" -S "${SOURCE}" -B "${BINARY}" "-DCMAKE_PREFIX_PATH=${PREFIX}"
    "-DCMAKE_C_COMPILER=${COMPILER}" "-DCMAKE_C_FLAGS=${FLAGS}")
run("${CMAKE_COMMAND}" --build "${BINARY}")
run("${BINARY}/consumer")
