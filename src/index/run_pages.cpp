#include "index/run_pages.hpp"

#include "base/byte_order.hpp"
#include "format/checksum.hpp"

namespace esker::index {

RunPages::RunPages(std::span<const std::byte> bytes, const RunFooter& footer)
    : bytes_(bytes),
      pages_begin_(footer.pages_begin),
      pages_(footer.pages()),
      pages_checksum_(footer.pages_checksum),
      checked_(std::make_unique<std::atomic<std::uint64_t>[]>(pages_ / 64 + 1)) {}

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
    if (!check_table()) {
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

bool RunPages::check_table() {
  if (table_checked_.load(std::memory_order_relaxed)) return true;
  const auto table = bytes_.subspan(pages_begin_, pages_ * kPageEntryBytes);
  if (format::crc32c(table) != pages_checksum_) return false;
  table_checked_.store(true, std::memory_order_relaxed);
  return true;
}

bool RunPages::check_page(std::uint64_t page) {
  const auto expected = base::load_le<std::uint32_t>(bytes_, pages_begin_ + page * kPageEntryBytes);
  return format::crc32c(bytes_.subspan(page * kRunPageBytes, kRunPageBytes)) == expected;
}

}  // namespace esker::index
