# Installs `build` into a temporary prefix, then configures, builds and runs the outside project against it.
# Arguments: build, config, generator, compiler, launcher, sanitize (the sanitizers that the libraries need when they are linked).

function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${what} failed (${result}):\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

set(work ${build}/tests/install/outside)
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})
run("installing" ${CMAKE_COMMAND} --install ${build} --config ${config} --prefix ${work}/prefix)

# What is private to the engine stays private.
file(GLOB_RECURSE headers RELATIVE ${work}/prefix/include ${work}/prefix/include/*)
foreach(header IN LISTS headers)
  if(NOT header MATCHES "^esker/[a-z_]+\\.hpp$")
    message(FATAL_ERROR "${header} has been installed; only include/esker is public")
  endif()
endforeach()

if(sanitize)
  set(flags -fsanitize=${sanitize})
endif()
run("configuring" ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/project -B ${work}/build -G ${generator}
    -D CMAKE_BUILD_TYPE=${config} -D CMAKE_PREFIX_PATH=${work}/prefix -D CMAKE_CXX_COMPILER=${compiler}
    -D CMAKE_CXX_COMPILER_LAUNCHER=${launcher} "-DCMAKE_CXX_FLAGS=${flags}")
run("building" ${CMAKE_COMMAND} --build ${work}/build)
run("running" ${work}/build/embed ${work}/data)
message("${output}")
run("running again" ${work}/build/embed ${work}/data)
if(NOT output MATCHES "order-1 has 4 events")
  message(FATAL_ERROR "the second run did not find the first one's events:\n${output}")
endif()

# The client's library links and works; port 1 of loopback has no server.
execute_process(COMMAND ${work}/build/connect 127.0.0.1:1 RESULT_VARIABLE result ERROR_VARIABLE output)
if(NOT result EQUAL 1)
  message(FATAL_ERROR "connecting to nobody did not end with an error (${result}): ${output}")
endif()
file(REMOVE_RECURSE ${work})
