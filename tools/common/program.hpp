#pragma once

#include <exception>
#include <string_view>
#include <variant>

#include "common/exit_code.hpp"
#include "common/signals.hpp"

namespace esker::tools {

/// A program's `main`: watches the signals, which must begin before there are other threads; `parse` makes options of the command line
/// or says how to end, and `run` does the rest. Returns the process's exit code.
template <class Parse, class Run>
int run_program(std::string_view program, Parse parse, Run run) {
  try {
    Signals signals;
    const auto options = parse();
    if (const ExitCode* const code = std::get_if<ExitCode>(&options)) {
      return static_cast<int>(*code);
    }
    return static_cast<int>(run(std::get<0>(options), signals));
  } catch (const std::exception& error) {
    print_error(program, error.what());
    return static_cast<int>(ExitCode::failed);
  }
}

}  // namespace esker::tools
