#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "index/run_format.hpp"
#include "io/file.hpp"

namespace esker::index {

/// What keeps a run from being read.
enum class RunReadFault : std::uint8_t {
  none,
  page_table,  ///< A checksum of the page table does not match.
  page,        ///< A page's checksum does not match.
  content,     ///< The checksums are right, but the numbers do not go together.
};

/// A run's mapped bytes, none of which is handed out before its page has been checked against the page table, the page of the table
/// against the table checksums, and these against the footer. Each is checked once, when first touched: so a first look into a large
/// run reads three pages, not its whole page table.
///
/// Threads: any. Called within `io::guarded_read`, so nothing here owns anything on the stack.
class RunPages {
 public:
  /// `mapping` is the whole file and outlives this; `footer` fits it.
  RunPages(const io::Mapping& mapping, const RunFooter& footer);

  /// Where a read went wrong, or where the last one was.
  struct Fault {
    RunReadFault kind = RunReadFault::none;
    std::uint64_t offset = 0;
  };

  /// The bytes [begin, begin + length); empty, and `fault` set, when a page of them is bad or they do not lie before the page
  /// table. `length` is at least 1.
  std::span<const std::byte> read(std::uint64_t begin, std::uint64_t length, Fault& fault);

  /// Whether the page at `offset`, which lies before the page table, has been read before.
  [[nodiscard]] bool touched(std::uint64_t offset) const;

  /// Asks the disk for what reading [begin, end) will touch, as far as nobody has yet: pages, and what their checksums are held against.
  /// What does not lie before the page table is passed over.
  void will_read(std::uint64_t begin, std::uint64_t end) const;

  /// Asks the processor for the cache line at `offset`, which will be read soon.
  void prefetch(std::uint64_t offset) const { __builtin_prefetch(bytes_.data() + offset); }

 private:
  using Bits = std::unique_ptr<std::atomic<std::uint64_t>[]>;

  void will_read_table(std::uint64_t page) const;
  bool check_table_page(std::uint64_t page);
  bool check_table_checksums();
  bool check_page(std::uint64_t page);

  const io::Mapping& mapping_;
  std::span<const std::byte> bytes_;
  std::uint64_t pages_begin_;
  std::uint64_t table_checksums_begin_;
  std::uint32_t pages_checksum_;
  std::atomic<bool> table_checksums_checked_{false};
  Bits table_checked_;  // A bit for each page of the table.
  Bits checked_;        // A bit for each page before it.
};

}  // namespace esker::index
