# SPDX-License-Identifier: Apache-2.0 OR MIT
# libfdt: FDT::fdt. Debian ships neither a pkg-config file nor a CMake package.
find_path(FDT_INCLUDE_DIR libfdt.h)
find_library(FDT_LIBRARY NAMES fdt)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(FDT REQUIRED_VARS FDT_LIBRARY FDT_INCLUDE_DIR)
mark_as_advanced(FDT_INCLUDE_DIR FDT_LIBRARY)
if(FDT_FOUND AND NOT TARGET FDT::fdt)
  add_library(FDT::fdt UNKNOWN IMPORTED)
  set_target_properties(FDT::fdt PROPERTIES IMPORTED_LOCATION "${FDT_LIBRARY}"
                        INTERFACE_INCLUDE_DIRECTORIES "${FDT_INCLUDE_DIR}")
endif()
