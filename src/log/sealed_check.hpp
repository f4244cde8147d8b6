#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "esker/result.hpp"
#include "format/record.hpp"
#include "format/segment.hpp"

namespace esker::log {

/// Checks every byte of a sealed segment while it goes by once, from front to back: header, each record's checksum, place and position,
/// the last commit's end, zeros, offset table, footer. So what is being copied is checked without being read again.
///
/// What needs more than one segment is `verify_log`'s: versions, and what records say about others.
class SealedCheck {
 public:
  /// `path` is for messages; header and footer are those that the file is known by.
  SealedCheck(std::string path, const format::SegmentHeader& header,
              const format::SegmentFooter& footer);

  /// Takes what comes next: `bytes` begin where the last call left off. Returns how many of them it is done with; the others must come
  /// again with more behind them, and nothing is wrong with them so far.
  /// Errors: `corrupt`, naming file and offset.
  Result<std::size_t> take(std::span<const std::byte> bytes);

  /// How far it has got.
  [[nodiscard]] FileOffset at() const { return at_; }

 private:
  /// The next part of the file, which is gone through with `step`; 0 bytes done: more are needed.
  Result<std::size_t> step(std::span<const std::byte> bytes);
  Result<std::size_t> records(std::span<const std::byte> bytes);
  Result<std::size_t> zeros(std::span<const std::byte> bytes);
  Result<std::size_t> table(std::span<const std::byte> bytes);
  Result<std::size_t> equal(std::span<const std::byte> bytes, std::span<const std::byte> expected,
                            std::string_view what);
  void expect_entry(FileOffset offset);
  void flush_expected();
  [[nodiscard]] Error fault(FileOffset offset, std::string_view what) const;

  const std::string path_;
  const format::SegmentHeader header_;
  const format::SegmentFooter footer_;
  const FileOffset table_begin_;
  const FileOffset footer_begin_;
  FileOffset at_;
  Position next_;
  Timestamp time_;
  bool commit_ended_ = true;
  std::vector<std::byte> expected_;      // entries of the offset table, not yet in the checksum
  std::uint32_t expected_checksum_ = 0;  // of the table that the records make
  std::uint32_t table_checksum_ = 0;     // of the one that is there
};

}  // namespace esker::log
