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

}  // namespace

PageWriter::PageWriter(io::File& file) : file_(file) { buffer_.reserve(kBufferBytes); }

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

Result<void> PageWriter::pad_to(std::uint64_t alignment) {
  const std::vector<std::byte> zeros(base::align_up(offset(), alignment) - offset());
  return append(zeros);
}

Result<std::uint32_t> PageWriter::finish() {
  ESKER_TRY(write_out());
  ESKER_TRY(file_.write_at(FileOffset(written_), table_, kRunWrite));
  return format::crc32c(table_);
}

Result<void> PageWriter::write_out() {
  ESKER_ASSERT_VALUES(buffer_.size() % kRunPageBytes == 0, buffer_.size());
  const std::span<const std::byte> bytes(buffer_);
  for (std::size_t at = 0; at < bytes.size(); at += kRunPageBytes) {
    const std::size_t entry = table_.size();
    table_.resize(entry + kPageEntryBytes);
    base::store_le(std::span(table_), entry, format::crc32c(bytes.subspan(at, kRunPageBytes)));
  }
  ESKER_TRY(file_.write_at(FileOffset(written_), bytes, kRunWrite));
  written_ += bytes.size();
  buffer_.clear();
  return ok();
}

}  // namespace esker::index
