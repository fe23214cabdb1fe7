# The benchmark's own tool, with the worker's settings. It joins a build of trendmill that knows nothing
# of it, once all else is defined:
# cmake --preset release -B build/bench -D CMAKE_PROJECT_trendmill_INCLUDE=tests/bench/bench.cmake
function(add_passthrough)
  add_executable(bench-passthrough ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/passthrough.c)
  target_link_libraries(bench-passthrough PRIVATE kafka PkgConfig::RDKAFKA)
endfunction()
cmake_language(DEFER CALL add_passthrough)
