#pragma once

#include <cstddef>
#include <string>

#include "samples.hpp"

namespace esker::bench {

/// The disk's own limit: one `pwrite` and one `fdatasync` after the other, into a file that has been filled with zeros, which is what
/// the log does for each group of commits.
class RawDisk {
 public:
  /// Makes the file in `directory`. Throws `std::system_error`, as do the others: a benchmark that cannot write has nothing to say.
  explicit RawDisk(const std::string& directory);
  RawDisk(const RawDisk&) = delete;
  RawDisk& operator=(const RawDisk&) = delete;
  ~RawDisk();

  /// Writes and syncs `bytes` at a time, for `time`.
  Measured write_and_sync(std::size_t bytes, std::chrono::nanoseconds time);

 private:
  int descriptor_ = -1;
  std::string path_;
};

/// Copies memory, for `time`: what reading could at most be if it copied.
Measured copy_memory(std::chrono::nanoseconds time);

}  // namespace esker::bench
