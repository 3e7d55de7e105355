# SPDX-License-Identifier: Apache-2.0 OR MIT
# One library of Doorbell: doorbell_library(NAME sources... [PUBLIC targets...] [PRIVATE ...]).
# Public headers are those in its include/ folder.

set(DOORBELL_WARNINGS -Wall -Wextra)
if(DOORBELL_STRICT)
  list(APPEND DOORBELL_WARNINGS -pedantic -Wconversion -Wshadow -Werror)
endif()

function(doorbell_warnings target)
  target_compile_options(${target} PRIVATE ${DOORBELL_WARNINGS})
  if(DOORBELL_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link,address,undefined
                           -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  endif()
endfunction()

function(doorbell_library name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  add_library(doorbell_${name} ${ARG_UNPARSED_ARGUMENTS})
  add_library(doorbell::${name} ALIAS doorbell_${name})
  set_target_properties(doorbell_${name} PROPERTIES EXPORT_NAME ${name}
                        POSITION_INDEPENDENT_CODE ON)
  file(GLOB headers CONFIGURE_DEPENDS include/doorbell/*.h include/doorbell/*.hpp)
  target_sources(doorbell_${name} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${headers})
  target_include_directories(doorbell_${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}"
                             "${doorbell_SOURCE_DIR}/model")
  target_link_libraries(doorbell_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  doorbell_warnings(doorbell_${name})
  set_property(GLOBAL APPEND PROPERTY DOORBELL_LIBRARIES ${name})
endfunction()
