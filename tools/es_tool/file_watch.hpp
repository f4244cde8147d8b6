#pragma once

#include <chrono>
#include <string>

namespace esker::tools {

/// Waits until somebody writes to a file (inotify).
class FileWatch {
 public:
  /// From now on writes to the file at `path` end a wait. Where they cannot be watched, and when there is no such file, only time does.
  explicit FileWatch(const std::string& path);
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  /// Waits for a write since the last call, for so long at most.
  void wait(std::chrono::nanoseconds time);

 private:
  int descriptor_;  // less than 0: nothing is watched
};

}  // namespace esker::tools
