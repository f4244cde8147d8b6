#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "esker/result.hpp"
#include "io/file.hpp"

namespace esker::log {

/// Tells the system what of a file will be read next while it is read from front to back. The kernel's own read-ahead is some 128 KiB, too
/// little for a disk that is to go on while a mebibyte is looked at.
class ReadHints {
 public:
  /// What is being read ends at `at`; the file, or what is wanted of it, at `end`.
  void reached(const io::File& file, std::uint64_t at, std::uint64_t end);

 private:
  std::uint64_t asked_ = 0;  // up to here
};

/// Reads a file from front to back in large pieces with `pread`, for recovery and verification, which must not trust a mapping (R9). Who
/// goes on behind the first piece has the disk read the next ones meanwhile.
class ReadAhead {
 public:
  /// Reads `file` up to `end`, which must not be beyond the file's length. `file` outlives this.
  ReadAhead(io::File& file, FileOffset end, const io::Site& site)
      : file_(file), end_(end), site_(site) {}

  /// The bytes from `offset` on: at least `bytes` of them, or up to the end when there are fewer.
  /// The view stays valid until the next call. Offsets should not go back by much.
  /// Errors: `io_error`, `corrupt` (the file is shorter than it was).
  Result<std::span<const std::byte>> at(FileOffset offset, std::size_t bytes);

  [[nodiscard]] FileOffset end() const { return end_; }

 private:
  io::File& file_;
  const FileOffset end_;
  const io::Site& site_;
  ReadHints hints_;
  FileOffset begin_;               // of what `buffer_` holds
  std::vector<std::byte> buffer_;  // as long as what it holds
};

}  // namespace esker::log
