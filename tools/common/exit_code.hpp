#pragma once

#include <string_view>

#include "esker/error.hpp"

namespace esker::tools {

/// How a program ends, the same for all of them. `kExitCodesHelp` tells users.
enum class ExitCode : int {
  done = 0,
  failed = 1,  ///< An error, or a fault that es-tool was asked to look for.
  usage = 2,   ///< The command line or the request is wrong; nothing was done.
  conflict =
      3,  ///< `wrong_version`, `condition_failed`, `partial_match`, `tombstoned`: nothing was written.
  try_later = 4,  ///< `unavailable`, `busy`, `no_space`, `locked`, `closed`: nothing was written.
  outcome_unknown =
      5,  ///< An append may or may not have been written; again with the same ids tells.
  interrupted = 130,  ///< Ended by SIGINT or SIGTERM before it was done, as shells count it.
};

/// The code that tells of an error.
ExitCode exit_code_of(Errc code);

inline constexpr std::string_view kExitCodesHelp =
    R"(Exit codes:
  0    done; also when the reader of the output has closed it
  1    failed, or a fault was found: the message says which
  2    the command line or the request is wrong; nothing was done
  3    conflict: not as --expect says, or what --unless excludes has come, or only some of the ids are there; nothing was written
  4    try again later: server not reached, busy, disk full, or the store is open elsewhere; nothing was written
  5    outcome unknown: the append was sent and not answered; again with the same --id tells what became of it
  130  interrupted
)";

/// Writes "PROGRAM: MESSAGE" as one line to standard error; line feeds and other control characters within become spaces.
void print_error(std::string_view program, std::string_view message);

/// The same for an error that was answered; returns the code to end with.
ExitCode report(std::string_view program, const Error& error);

}  // namespace esker::tools
