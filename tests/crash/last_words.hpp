#pragma once

#include <string>

namespace esker::crash {

/// What the calling thread is at. When an assertion of the engine ends the process meanwhile, nobody else is left to say it.
///
/// Lives on the stack of the thread that made it; the newest one is what is said.
class LastWords {
 public:
  explicit LastWords(std::string words);
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

  /// From now on an abort of the process writes the words of the thread that aborts to standard error, as one line.
  static void say_on_abort();

 private:
  const std::string words_;
  const std::string* const before_;
};

}  // namespace esker::crash
