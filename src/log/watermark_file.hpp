#pragma once

#include <memory>
#include <optional>

#include "esker/result.hpp"
#include "format/watermark.hpp"
#include "io/directory.hpp"

namespace esker::log {

/// The watermark file: two slots written in turn, so that a torn one leaves the other (R6).
///
/// Threads: one at a time.
class WatermarkFile {
 public:
  /// Opens the file in `directory`, if it is there, and reads it. Changes nothing. Errors: `io_error`, `no_space` (descriptors).
  static Result<WatermarkFile> open(io::Directory& directory);

  /// What the file said when it was opened; nothing when it was missing or damaged.
  [[nodiscard]] const std::optional<format::Watermark>& found() const { return found_; }
  [[nodiscard]] bool missing() const { return file_ == nullptr; }

  /// Makes the file, empty and under its name, when it is missing; durable with the next sync of the directory.
  /// Errors: `no_space`, `io_error`.
  Result<void> create(io::Directory& directory);

  /// Writes `watermark` with the next sequence number into the slot that does not hold the last one; not durable before `sync`.
  /// Errors: `no_space`, `io_error`; the last one is still there.
  Result<void> write(format::Watermark watermark);

  /// Makes what was written durable. After an error it must be written again, not only synced. Errors: `io_error`.
  Result<void> sync();

 private:
  std::unique_ptr<io::File> file_;
  std::optional<format::Watermark> found_;
  std::uint64_t sequence_ = 0;  // the last one written
};

}  // namespace esker::log
