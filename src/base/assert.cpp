#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace esker::base {

void assertion_failed(const char* expression, const std::string& values,
                      std::source_location location) {
  std::fprintf(stderr, "%s:%u: assertion failed in %s: %s%s%s\n", location.file_name(),
               static_cast<unsigned>(location.line()), location.function_name(), expression,
               values.empty() ? "" : "; values: ", values.c_str());
  std::abort();
}

}  // namespace esker::base
