#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace esker::support {

/// How a program ended.
struct Exit {
  int code = -1;   ///< What it returned; -1 when a signal ended it.
  int signal = 0;  ///< The signal that ended it; 0 when it returned.

  friend bool operator==(const Exit&, const Exit&) = default;
};

/// How a program is started.
struct Command {
  std::vector<std::string> arguments;    ///< The program's path first.
  std::vector<std::string> environment;  ///< "NAME=VALUE" on top of the test's own.
  /// The longest file that it may write; 0: as long as it likes. SIGXFSZ is ignored, so that going beyond is EFBIG.
  std::uint64_t file_bytes_max = 0;
};

/// A running program with pipes to its standard input, output and error. Killed, if it still runs, when this object goes. Nothing waits
/// longer than its deadline: what takes longer stops the test.
class Process {
 public:
  static constexpr std::chrono::seconds kDeadline{60};

  explicit Process(const Command& command);
  explicit Process(std::vector<std::string> arguments);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  /// Writes to its standard input.
  void write(std::string_view text);
  /// Closes its standard input, so that it reads to the end.
  void close_input();
  /// Closes the reading end of its standard output, as `head` does when it has seen enough.
  void close_output();

  /// The next line of its output, without the line feed; nothing at its end.
  std::optional<std::string> output_line();
  /// The next line of its standard error.
  std::optional<std::string> error_line();

  /// Everything else it writes, until both are closed.
  std::string rest_of_output();
  std::string rest_of_error();

  void signal(int number) const;

  /// Waits for its end.
  Exit wait();
  [[nodiscard]] pid_t id() const { return id_; }

 private:
  struct Stream {
    int descriptor = -1;
    std::string buffer;
  };

  /// Takes what either stream has. False when both are closed.
  bool read_some();
  std::optional<std::string> line_of(Stream& stream);

  pid_t id_ = -1;
  int process_ = -1;  // a pidfd
  int input_ = -1;
  Stream output_;
  Stream error_;
  std::optional<Exit> exit_;
};

/// What a program that ran to its end has left.
struct Finished {
  Exit exit;
  std::string output;
  std::string error;
};

/// Runs a program to its end, with `input` for its standard input.
Finished run(const Command& command, std::string_view input = {});

}  // namespace esker::support
