# How every target of the project is compiled, and the functions that make one.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)

find_program(ESKER_CCACHE ccache)
if(ESKER_CCACHE AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ESKER_CCACHE})
endif()

# The sanitizers of a preset: "address,undefined" or "thread".
set(ESKER_SANITIZE "" CACHE STRING "Sanitizers to compile and link with, comma-separated")

add_library(esker_warnings INTERFACE)
target_compile_options(esker_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  # Clang takes -Wsign-conversion for a part of -Wconversion, gcc does not.
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety$<SEMICOLON>-Wno-sign-conversion>)
if(ESKER_SANITIZE)
  add_compile_definitions(ESKER_SANITIZED)  # for tests that take too long, or look at memory; the compilers have names of their own
  add_compile_options(-fsanitize=${ESKER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ESKER_SANITIZE})
endif()
if(ESKER_SANITIZE MATCHES "undefined")
  # It probes memory through a pipe, and takes it for unreadable in the tests that use all descriptors up.
  add_compile_options(-fno-sanitize=vptr)
endif()
if(ESKER_SANITIZE MATCHES "thread")
  # TSan does not model fences; libstdc++ and Asio use a few where they are harmless.
  add_compile_options(-Wno-tsan)
endif()

# esker_layer(NAME SOURCES file… [DEPENDS layer-or-library…] [PRIVATE_DEPENDS library…] [WITHOUT folder…])
# One layer of src/, or a part of one: the static library esker_NAME. Its own headers are found as "NAME/file.hpp". Not those of the folders
# that are left out.
function(esker_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS;WITHOUT")
  set(target esker_${name})
  add_library(${target} STATIC ${layer_SOURCES})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
    $<INSTALL_INTERFACE:include>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${layer_DEPENDS}
                        PRIVATE $<BUILD_INTERFACE:esker_warnings> ${layer_PRIVATE_DEPENDS})
  # Proves that each header compiles alone. A library of its own, since the layers are installed and their headers are not.
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp
       ${CMAKE_CURRENT_SOURCE_DIR}/*/*.hpp)
  foreach(folder IN LISTS layer_WITHOUT)  # those with a library of their own
    list(FILTER headers EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${folder}/")
  endforeach()
  add_library(${target}_headers INTERFACE)
  target_sources(${target}_headers INTERFACE FILE_SET internal_headers TYPE HEADERS
                 BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers})
  target_link_libraries(${target}_headers INTERFACE ${target})
endfunction()

# esker_program(NAME SOURCES file… DEPENDS library…): a program in bin/, and a target, of the command's name.
function(esker_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" "SOURCES;DEPENDS")
  add_executable(${name} ${program_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tools)
  target_link_libraries(${name} PRIVATE ${program_DEPENDS} esker_warnings)
endfunction()

# esker_test(LAYER SOURCES file… DEPENDS library…): the tests of one layer as one doctest program; each case is a ctest test
# with the layer as its label.
function(esker_test layer)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "" "SOURCES;DEPENDS")
  set(target esker_${layer}_tests)
  add_executable(${target} ${test_SOURCES})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests
                             ${PROJECT_SOURCE_DIR}/tools)
  target_link_libraries(${target} PRIVATE ${test_DEPENDS} esker_test_main esker_warnings)
  # A filter that selects nothing leaves doctest content: that must fail. What a test cannot have on a machine it tells by MESSAGE.
  doctest_discover_tests(${target} TEST_PREFIX "${layer}/" PROPERTIES LABELS ${layer} TIMEOUT 300
                         FAIL_REGULAR_EXPRESSION "test cases: +0 "
                         SKIP_REGULAR_EXPRESSION "MESSAGE: skipped: ")
endfunction()
