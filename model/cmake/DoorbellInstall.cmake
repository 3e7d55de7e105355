# SPDX-License-Identifier: Apache-2.0 OR MIT
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY DOORBELL_LIBRARIES)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/doorbell")
foreach(library IN LISTS libraries)
  # One export file per part, so that a consumer of one needs nothing of the others.
  install(TARGETS doorbell_${library} EXPORT doorbell-${library}
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT doorbell-${library} NAMESPACE doorbell:: DESTINATION "${package_dir}"
          FILE doorbell-${library}-targets.cmake)
endforeach()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/doorbell-config.cmake.in"
                              "${CMAKE_CURRENT_BINARY_DIR}/doorbell-config.cmake"
                              INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/doorbell-config-version.cmake"
                                 COMPATIBILITY SameMajorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/doorbell-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/doorbell-config-version.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/FindFDT.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/FindZSTD.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/FindDoorbellSystemC.cmake"
        DESTINATION "${package_dir}")

# pkg-config: the C core, by part.
file(RELATIVE_PATH DOORBELL_PC_UP "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
foreach(part smmu its pcie timing)
  set(DOORBELL_PC_PART ${part})
  configure_file("${CMAKE_CURRENT_LIST_DIR}/doorbell.pc.in"
                 "${CMAKE_CURRENT_BINARY_DIR}/doorbell-${part}.pc" @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/doorbell-${part}.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
