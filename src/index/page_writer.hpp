#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "esker/result.hpp"
#include "io/file.hpp"

namespace esker::index {

/// The checksums of a run's pages while it is written: four bytes for each, which is all that grows with the run.
class PageTable {
 public:
  void set(std::uint64_t page, std::uint32_t checksum);

  /// Writes the table of `pages` pages at `begin` and the checksums of its pages behind it, and returns the checksum of these.
  /// Errors: `no_space`, `io_error`.
  Result<std::uint32_t> write(io::File& file, std::uint64_t begin, std::uint64_t pages);

 private:
  std::vector<std::byte> bytes_;
};

/// Writes one part of a run file from front to back in large pieces, and puts the checksums of its pages into the table.
class PageWriter {
 public:
  /// Begins at `begin`, a multiple of the page; nobody else writes the pages that this writes. `file` and `table` outlive this.
  PageWriter(io::File& file, PageTable& table, std::uint64_t begin);

  /// Where the next byte goes.
  [[nodiscard]] std::uint64_t offset() const { return written_ + buffer_.size(); }

  /// Errors: `no_space`, `io_error`; the file is then of no use.
  Result<void> append(std::span<const std::byte> bytes);

  /// Writes zeros up to the next page, and everything. Errors: as `append`.
  Result<void> finish();

  /// Finishes, and goes on at `begin`, a multiple of the page that is not before the next one.
  Result<void> go_on_at(std::uint64_t begin);

 private:
  Result<void> write_out();

  io::File& file_;
  PageTable& table_;
  std::uint64_t written_;
  std::vector<std::byte> buffer_;
};

}  // namespace esker::index
