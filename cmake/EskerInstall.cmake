# What `cmake --install` puts in place: the public headers, the libraries, the programs, and the package that
# find_package(esker) finds. Its targets are esker::esker, the engine, and esker::client.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The public headers as a set of their own, which also proves that each compiles alone. client.hpp brings Asio with it.
file(GLOB public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/esker/*.hpp)
add_library(esker_public INTERFACE)
target_sources(esker_public INTERFACE FILE_SET public_headers TYPE HEADERS
               BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${public_headers})
target_compile_features(esker_public INTERFACE cxx_std_20)
target_link_libraries(esker_public INTERFACE Boost::headers Threads::Threads)

add_library(esker_engine INTERFACE)
add_library(esker::esker ALIAS esker_engine)
target_link_libraries(esker_engine INTERFACE esker_public esker_store)
add_library(esker::client ALIAS esker_client)

set(exported base io format log index proof store client)
foreach(layer IN LISTS exported)
  set_target_properties(esker_${layer} PROPERTIES EXPORT_NAME ${layer})
endforeach()
set_target_properties(esker_engine PROPERTIES EXPORT_NAME esker)
set_target_properties(esker_public PROPERTIES EXPORT_NAME public)
list(TRANSFORM exported PREPEND esker_)

install(TARGETS esker_public esker_engine ${exported} EXPORT esker
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        FILE_SET public_headers DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT esker NAMESPACE esker:: FILE esker-targets.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/esker)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/esker-config.cmake.in
  ${PROJECT_BINARY_DIR}/esker-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/esker)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/esker-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/esker-config.cmake
              ${PROJECT_BINARY_DIR}/esker-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/esker)

foreach(program IN ITEMS es-server es-cli es-tool es-crashtest)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
              ${PROJECT_SOURCE_DIR}/format-spec.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
