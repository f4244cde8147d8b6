#pragma once

#include <source_location>
#include <sstream>
#include <string>

namespace esker::base {

/// Prints the failed expression and its operands to standard error and aborts.
[[noreturn]] void assertion_failed(const char* expression, const std::string& values,
                                   std::source_location location = std::source_location::current());

/// `values`, comma-separated, as an assertion prints them.
template <class... Values>
std::string describe(const Values&... values) {
  std::ostringstream out;
  const char* separator = "";
  ((out << separator << values, separator = ", "), ...);
  return std::move(out).str();
}

}  // namespace esker::base

/// Stops the process when `expression` is false, in release builds too. Only for what our own mistake alone can cause; what a
/// disk, peer or user can cause is an `Error`.
#define ESKER_ASSERT(expression)                        \
  (static_cast<bool>(expression) ? static_cast<void>(0) \
                                 : ::esker::base::assertion_failed(#expression, std::string()))

/// The same with values to print: `ESKER_ASSERT_VALUES(a <= b, a, b)`.
#define ESKER_ASSERT_VALUES(expression, ...) \
  (static_cast<bool>(expression)             \
       ? static_cast<void>(0)                \
       : ::esker::base::assertion_failed(#expression, ::esker::base::describe(__VA_ARGS__)))

#ifdef NDEBUG
#define ESKER_DEBUG_ASSERT(expression) static_cast<void>(sizeof(static_cast<bool>(expression)))
#else
/// For loops over bytes only, where the check would cost more than the work.
#define ESKER_DEBUG_ASSERT(expression) ESKER_ASSERT(expression)
#endif
