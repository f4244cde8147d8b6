#include "index/run_pages.hpp"

#include "base/byte_order.hpp"
#include "format/checksum.hpp"

namespace esker::index {

namespace {

std::unique_ptr<std::atomic<std::uint64_t>[]> make_bits(std::uint64_t count) {
  return std::make_unique<std::atomic<std::uint64_t>[]>(count / 64 + 1);
}

}  // namespace

RunPages::RunPages(std::span<const std::byte> bytes, const RunFooter& footer)
    : bytes_(bytes),
      pages_begin_(footer.pages_begin),
      table_checksums_begin_(footer.table_checksums_begin()),
      pages_checksum_(footer.pages_checksum),
      table_checked_(make_bits(footer.table_pages())),
      checked_(make_bits(footer.pages())) {}

std::span<const std::byte> RunPages::read(std::uint64_t begin, std::uint64_t length, Fault& fault) {
  fault.offset = begin;  // For who is thrown out of this by a page that cannot be read.
  if (begin >= pages_begin_ || length > pages_begin_ - begin) {
    fault = {RunReadFault::content, begin};
    return {};
  }
  const std::uint64_t last = (begin + length - 1) / kRunPageBytes;
  for (std::uint64_t page = begin / kRunPageBytes; page <= last; ++page) {
    const std::uint64_t bit = 1ULL << (page % 64);
    std::atomic<std::uint64_t>& word = checked_[page / 64];
    // Relaxed: the bit publishes nothing, the mapped bytes are the same for everybody.
    if ((word.load(std::memory_order_relaxed) & bit) != 0) continue;
    if (!check_table_page(page * kPageEntryBytes / kRunPageBytes)) {
      fault = {RunReadFault::page_table, pages_begin_};
      return {};
    }
    if (!check_page(page)) {
      fault = {RunReadFault::page, page * kRunPageBytes};
      return {};
    }
    word.fetch_or(bit, std::memory_order_relaxed);
  }
  return bytes_.subspan(begin, length);
}

bool RunPages::check_table_page(std::uint64_t page) {
  const std::uint64_t bit = 1ULL << (page % 64);
  std::atomic<std::uint64_t>& word = table_checked_[page / 64];
  if ((word.load(std::memory_order_relaxed) & bit) != 0) return true;
  if (!check_table_checksums()) return false;
  const auto expected =
      base::load_le<std::uint32_t>(bytes_, table_checksums_begin_ + page * kPageEntryBytes);
  const auto bytes = bytes_.subspan(pages_begin_ + page * kRunPageBytes, kRunPageBytes);
  if (format::crc32c(bytes) != expected) return false;
  word.fetch_or(bit, std::memory_order_relaxed);
  return true;
}

bool RunPages::check_table_checksums() {
  if (table_checksums_checked_.load(std::memory_order_relaxed)) return true;
  const std::size_t end = bytes_.size() - kRunFooterBytes;
  const auto checksums = bytes_.subspan(table_checksums_begin_, end - table_checksums_begin_);
  if (format::crc32c(checksums) != pages_checksum_) return false;
  table_checksums_checked_.store(true, std::memory_order_relaxed);
  return true;
}

bool RunPages::check_page(std::uint64_t page) {
  const auto expected = base::load_le<std::uint32_t>(bytes_, pages_begin_ + page * kPageEntryBytes);
  return format::crc32c(bytes_.subspan(page * kRunPageBytes, kRunPageBytes)) == expected;
}

}  // namespace esker::index
