#include "common/exit_code.hpp"

#include <iostream>
#include <string>

namespace esker::tools {

ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
    case Errc::too_large:
    case Errc::position_ahead:
      return ExitCode::usage;
    case Errc::wrong_version:
    case Errc::condition_failed:
    case Errc::tombstoned:
    case Errc::partial_match:
      return ExitCode::conflict;
    case Errc::no_space:
    case Errc::busy:
    case Errc::locked:
    case Errc::unavailable:
    case Errc::closed:
      return ExitCode::try_later;
    case Errc::outcome_unknown:
      return ExitCode::outcome_unknown;
    case Errc::not_supported:
    case Errc::not_found:
    case Errc::corrupt:
    case Errc::store_failed:
    case Errc::io_error:
    case Errc::protocol:
      break;
  }
  return ExitCode::failed;
}

void print_error(std::string_view program, std::string_view message) {
  std::string line(program);
  line += ": ";
  while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  for (const char symbol : message) {
    line += static_cast<unsigned char>(symbol) < ' ' || symbol == '\x7f' ? ' ' : symbol;
  }
  line += '\n';
  std::cerr << line << std::flush;
}

ExitCode report(std::string_view program, const Error& error) {
  print_error(program, error.message());
  return exit_code_of(error.code());
}

}  // namespace esker::tools
