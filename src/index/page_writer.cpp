#include "index/page_writer.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "format/checksum.hpp"
#include "index/run_format.hpp"

namespace esker::index {
namespace {

constexpr io::Site kRunWrite{"index.run_write"};

/// A multiple of the page, and large enough that the disk is busy with little else than writing.
constexpr std::size_t kBufferBytes = 1 << 20;
static_assert(kBufferBytes % kRunPageBytes == 0);

/// Appends a checksum for each page of `bytes`.
void append_checksums(std::span<const std::byte> bytes, std::vector<std::byte>& checksums) {
  for (std::size_t at = 0; at < bytes.size(); at += kRunPageBytes) {
    const std::size_t entry = checksums.size();
    checksums.resize(entry + kPageEntryBytes);
    base::store_le(std::span(checksums), entry, format::crc32c(bytes.subspan(at, kRunPageBytes)));
  }
}

}  // namespace

void PageTable::set(std::uint64_t page, std::uint32_t checksum) {
  const std::size_t at = page * kPageEntryBytes;
  if (bytes_.size() < at + kPageEntryBytes) bytes_.resize(at + kPageEntryBytes);
  base::store_le(std::span(bytes_), at, checksum);
}

Result<std::uint32_t> PageTable::write(io::File& file, std::uint64_t begin, std::uint64_t pages) {
  ESKER_ASSERT_VALUES(bytes_.size() == pages * kPageEntryBytes, bytes_.size(), pages);
  bytes_.resize(base::align_up<std::size_t>(bytes_.size(), kRunPageBytes));
  const std::size_t table_bytes = bytes_.size();
  std::vector<std::byte> checksums;
  append_checksums(bytes_, checksums);
  bytes_.insert(bytes_.end(), checksums.begin(), checksums.end());
  ESKER_TRY(file.write_at(FileOffset(begin), bytes_, kRunWrite));
  return format::crc32c(std::span(bytes_).subspan(table_bytes));
}

PageWriter::PageWriter(io::File& file, PageTable& table, std::uint64_t begin)
    : file_(file), table_(table), written_(begin) {
  ESKER_ASSERT_VALUES(begin % kRunPageBytes == 0, begin);
}

Result<void> PageWriter::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kBufferBytes - buffer_.size()));
    buffer_.insert(buffer_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
    if (buffer_.size() == kBufferBytes) {
      ESKER_TRY(write_out());
    }
  }
  return ok();
}

Result<void> PageWriter::finish() {
  buffer_.resize(base::align_up<std::size_t>(buffer_.size(), kRunPageBytes));
  return write_out();
}

Result<void> PageWriter::go_on_at(std::uint64_t begin) {
  ESKER_TRY(finish());
  ESKER_ASSERT_VALUES(begin >= written_ && begin % kRunPageBytes == 0, begin, written_);
  written_ = begin;
  return ok();
}

Result<void> PageWriter::write_out() {
  if (buffer_.empty()) return ok();
  const std::span<const std::byte> bytes(buffer_);
  for (std::size_t at = 0; at < bytes.size(); at += kRunPageBytes) {
    table_.set((written_ + at) / kRunPageBytes, format::crc32c(bytes.subspan(at, kRunPageBytes)));
  }
  ESKER_TRY(file_.write_at(FileOffset(written_), bytes, kRunWrite));
  written_ += bytes.size();
  buffer_.clear();
  return ok();
}

}  // namespace esker::index
