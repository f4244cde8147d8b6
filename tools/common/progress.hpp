#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace esker::tools {

/// How far a long piece of work has got, as one line on standard error that is written over again. Only on a terminal; otherwise all of
/// this does nothing. Belongs to one thread.
class Progress {
 public:
  /// `title`  what is being done, such as "importing". `unit`  what is counted, such as "events"; rates are per second of it.
  Progress(std::string title, std::string unit);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Removes the line.
  ~Progress();

  /// `part` of `whole` is done, in whatever unit (`whole` 0: not known, so that there is no bar), and `count` has been counted. Cheap:
  ///        draws at
  /// most ten times a second.
  void update(std::uint64_t part, std::uint64_t whole, std::uint64_t count);

  /// Removes the line, so that something else can be written to the terminal; the next `update` draws it again.
  void hide();

 private:
  using SteadyClock = std::chrono::steady_clock;

  void draw(std::uint64_t part, std::uint64_t whole, std::uint64_t count,
            SteadyClock::time_point now);

  const std::string title_;
  const std::string unit_;
  const bool on_terminal_;
  const SteadyClock::time_point begin_;
  SteadyClock::time_point next_draw_;
  bool shown_ = false;
};

}  // namespace esker::tools
