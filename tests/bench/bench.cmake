# The benchmark's own tools, with the worker's settings. It joins a build of trendmill that knows nothing
# of them, once all else is defined:
# cmake --preset release -B build/bench -D CMAKE_PROJECT_trendmill_INCLUDE=tests/bench/bench.cmake
function(add_tools)
  add_executable(bench-passthrough ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/passthrough.c)
  target_link_libraries(bench-passthrough PRIVATE kafka PkgConfig::RDKAFKA)
  add_executable(bench-parts ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/parts.c)
  target_link_libraries(bench-parts PRIVATE app)
endfunction()
cmake_language(DEFER CALL add_tools)
