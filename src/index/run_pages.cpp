#include "index/run_pages.hpp"

#include <algorithm>

#include "base/byte_order.hpp"
#include "format/checksum.hpp"

namespace esker::index {
namespace {

/// Of how many pages a page of the page table has the checksums.
constexpr std::uint64_t kPagesATablePage = kRunPageBytes / kPageEntryBytes;

std::unique_ptr<std::atomic<std::uint64_t>[]> make_bits(std::uint64_t count) {
  return std::make_unique<std::atomic<std::uint64_t>[]>(count / 64 + 1);
}

/// Relaxed: a bit publishes nothing, the mapped bytes are the same for everybody.
bool is_set(const std::unique_ptr<std::atomic<std::uint64_t>[]>& bits, std::uint64_t index) {
  return (bits[index / 64].load(std::memory_order_relaxed) & (1ULL << (index % 64))) != 0;
}

void set(const std::unique_ptr<std::atomic<std::uint64_t>[]>& bits, std::uint64_t index) {
  bits[index / 64].fetch_or(1ULL << (index % 64), std::memory_order_relaxed);
}

}  // namespace

RunPages::RunPages(const io::Mapping& mapping, const RunFooter& footer)
    : mapping_(mapping),
      bytes_(mapping.bytes()),
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
    if (is_set(checked_, page)) continue;
    if (!check_table_page(page / kPagesATablePage)) {
      fault = {RunReadFault::page_table, pages_begin_};
      return {};
    }
    if (!check_page(page)) {
      fault = {RunReadFault::page, page * kRunPageBytes};
      return {};
    }
    set(checked_, page);
  }
  return bytes_.subspan(begin, length);
}

bool RunPages::touched(std::uint64_t offset) const {
  return is_set(checked_, offset / kRunPageBytes);
}

void RunPages::will_read(std::uint64_t begin, std::uint64_t end) const {
  end = std::min(end, pages_begin_);
  if (begin >= end) return;
  const std::uint64_t first = begin / kRunPageBytes;
  const std::uint64_t last = (end - 1) / kRunPageBytes;
  std::uint64_t page = first;
  while (page <= last && is_set(checked_, page)) ++page;
  if (page > last) return;
  mapping_.will_read(begin, end);
  for (std::uint64_t table_page = page / kPagesATablePage; table_page <= last / kPagesATablePage;
       ++table_page) {
    will_read_table(table_page);
  }
}

void RunPages::will_read_table(std::uint64_t page) const {
  if (is_set(table_checked_, page)) return;
  const std::uint64_t begin = pages_begin_ + page * kRunPageBytes;
  mapping_.will_read(begin, begin + kRunPageBytes);
  if (table_checksums_checked_.load(std::memory_order_relaxed)) return;
  mapping_.will_read(table_checksums_begin_, bytes_.size() - kRunFooterBytes);
}

bool RunPages::check_table_page(std::uint64_t page) {
  if (is_set(table_checked_, page)) return true;
  if (!check_table_checksums()) return false;
  const auto expected =
      base::load_le<std::uint32_t>(bytes_, table_checksums_begin_ + page * kPageEntryBytes);
  const auto bytes = bytes_.subspan(pages_begin_ + page * kRunPageBytes, kRunPageBytes);
  if (format::crc32c(bytes) != expected) return false;
  set(table_checked_, page);
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
