#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "programs/process.hpp"
#include "support/temporary_directory.hpp"

namespace esker::support {

/// An es-server on a free port, started and listening.
class Served {
 public:
  /// `data` is the store's directory; `more` are further options.
  explicit Served(const std::string& data, std::vector<std::string> more = {},
                  std::uint64_t file_bytes_max = 0);

  [[nodiscard]] const std::string& address() const { return address_; }
  /// The first line that it logged.
  [[nodiscard]] const std::string& first_line() const { return first_line_; }
  Process& process() { return process_; }

  /// Asks it to end, and waits for that.
  Exit stop();

 private:
  Process process_;
  std::string first_line_;
  std::string address_;
};

/// Runs `es-cli --server ADDRESS ARGUMENTS…` to its end.
Finished cli(const std::string& address, std::vector<std::string> arguments,
             std::string_view input = {});

/// What a program said of an error: one line, "PROGRAM: …".
bool is_one_line_of(std::string_view error, std::string_view program);

}  // namespace esker::support
