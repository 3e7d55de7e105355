# SPDX-License-Identifier: Apache-2.0 OR MIT
# SystemC with TLM-2.0, as Doorbell::SystemC: an existing target, a config package, pkg-config, or
# SYSTEMC_HOME, in that order. Says which one it took.
set(DoorbellSystemC_HOW "")
if(NOT TARGET SystemC::systemc)
  find_package(SystemCLanguage CONFIG QUIET)
  if(TARGET SystemC::systemc)
    set(DoorbellSystemC_HOW "config package ${SystemCLanguage_DIR}")
  endif()
else()
  set(DoorbellSystemC_HOW "the target SystemC::systemc of this build")
endif()

if(TARGET SystemC::systemc)
  set(DoorbellSystemC_TARGET SystemC::systemc)
else()
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(DOORBELL_PC_SYSTEMC QUIET IMPORTED_TARGET systemc>=2.3.2)
  endif()
  if(TARGET PkgConfig::DOORBELL_PC_SYSTEMC)
    set(DoorbellSystemC_TARGET PkgConfig::DOORBELL_PC_SYSTEMC)
    set(DoorbellSystemC_HOW "pkg-config, version ${DOORBELL_PC_SYSTEMC_VERSION}")
  else()
    find_path(DOORBELL_SYSTEMC_INCLUDE systemc HINTS "$ENV{SYSTEMC_HOME}/include"
              "${SYSTEMC_HOME}/include")
    find_library(DOORBELL_SYSTEMC_LIBRARY systemc
                 HINTS "$ENV{SYSTEMC_HOME}" "${SYSTEMC_HOME}"
                 PATH_SUFFIXES lib lib64 lib-linux64)
    mark_as_advanced(DOORBELL_SYSTEMC_INCLUDE DOORBELL_SYSTEMC_LIBRARY)
    if(DOORBELL_SYSTEMC_INCLUDE AND DOORBELL_SYSTEMC_LIBRARY)
      if(NOT TARGET Doorbell::SystemCHome)
        add_library(Doorbell::SystemCHome UNKNOWN IMPORTED)
        set_target_properties(Doorbell::SystemCHome PROPERTIES
                              IMPORTED_LOCATION "${DOORBELL_SYSTEMC_LIBRARY}"
                              INTERFACE_INCLUDE_DIRECTORIES "${DOORBELL_SYSTEMC_INCLUDE}")
      endif()
      set(DoorbellSystemC_TARGET Doorbell::SystemCHome)
      set(DoorbellSystemC_HOW "${DOORBELL_SYSTEMC_LIBRARY}")
    endif()
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DoorbellSystemC REQUIRED_VARS DoorbellSystemC_TARGET)
if(DoorbellSystemC_FOUND AND NOT TARGET Doorbell::SystemC)
  find_package(Threads REQUIRED)
  add_library(Doorbell::SystemC INTERFACE IMPORTED)
  target_link_libraries(Doorbell::SystemC INTERFACE ${DoorbellSystemC_TARGET} Threads::Threads)
  target_compile_features(Doorbell::SystemC INTERFACE cxx_std_17)
  message(STATUS "SystemC: ${DoorbellSystemC_HOW}")
endif()
