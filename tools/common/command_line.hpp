#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <variant>

#include "common/exit_code.hpp"

namespace esker::tools {

/// What `parse` makes of the command line by means of `app`, whose name is the program's; or, when the help was asked for or something
/// is wrong, which is then told, the code to end with.
template <class Parse>
std::variant<std::invoke_result_t<Parse>, ExitCode> parsed(const CLI::App& app, Parse parse) {
  try {
    return parse();
  } catch (const CLI::Success& asked) {
    app.exit(asked);
    return ExitCode::done;
  } catch (const CLI::ParseError& error) {
    const std::string program = app.get_name();
    print_error(program,
                std::string(error.what()) + "; " + program + " --help shows what there is");
    return ExitCode::usage;
  }
}

/// For options that are unsigned numbers, as the last `transform`, which is tried first: CLI11 2.1 takes "-1" for the largest number.
inline CLI::Validator not_negative() {
  return {[](const std::string& text) {
            return text.starts_with('-') ? "'" + text + "' is below 0" : std::string();
          },
          ""};
}

}  // namespace esker::tools
