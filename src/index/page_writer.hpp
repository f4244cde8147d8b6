#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "esker/result.hpp"
#include "io/file.hpp"

namespace esker::index {

/// Writes a run file from front to back in large pieces and collects the checksums of its pages.
class PageWriter {
 public:
  /// `file` is empty and outlives this.
  explicit PageWriter(io::File& file);

  /// Where the next byte goes.
  [[nodiscard]] std::uint64_t offset() const { return written_ + buffer_.size(); }

  /// Errors: `no_space`, `io_error`; the file is then of no use.
  Result<void> append(std::span<const std::byte> bytes);

  /// Writes zeros up to the next multiple of `alignment`, a power of two.
  Result<void> pad_to(std::uint64_t alignment);

  /// Writes what is left, then the page table; returns its checksum. `offset` is a whole number of pages and stays where the table begins.
  Result<std::uint32_t> finish();

 private:
  Result<void> write_out();

  io::File& file_;
  std::uint64_t written_ = 0;
  std::vector<std::byte> buffer_;
  std::vector<std::byte> table_;
};

}  // namespace esker::index
