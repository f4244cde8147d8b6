#pragma once

#include <string>

#include "common/output.hpp"
#include "common/signals.hpp"
#include "esker/client.hpp"

namespace esker::tools {

inline constexpr const char* kEsCli = "es-cli";

/// What every subcommand works with. Belongs to the main thread.
struct Session {
  Client& client;
  Output& output;
  Signals& signals;
  bool json = false;  ///< Print JSON, one object a line, instead of text for people.
};

/// Tells on standard error what answering has cost, in one line.
void print_explanation(const Explanation& explanation);

}  // namespace esker::tools
