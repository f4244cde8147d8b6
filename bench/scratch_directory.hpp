#pragma once

#include <string>

namespace esker::bench {

/// A directory that is removed when this goes.
class ScratchDirectory {
 public:
  /// A new one in `parent`, which must exist.
  explicit ScratchDirectory(const std::string& parent);
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace esker::bench
