#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace esker::tools {

/// For options that are unsigned numbers, as the last `transform`, which is tried first: CLI11 2.1 takes "-1" for the largest number.
inline CLI::Validator not_negative() {
  return {[](const std::string& text) {
            return text.starts_with('-') ? "'" + text + "' is below 0" : std::string();
          },
          ""};
}

}  // namespace esker::tools
