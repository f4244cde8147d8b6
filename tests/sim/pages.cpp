#include "sim/pages.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "base/byte_order.hpp"

namespace esker::sim {

void Pages::resize(std::uint64_t size) {
  const std::uint64_t in_last = size % kPageBytes;
  pages_.resize((size + kPageBytes - 1) / kPageBytes);
  if (size < size_ && in_last != 0 && pages_.back() != nullptr) {
    Page& last = own(pages_.size() - 1);
    std::memset(last.data() + in_last, 0, kPageBytes - in_last);
  }
  size_ = size;
}

void Pages::read(std::uint64_t offset, std::span<std::byte> into) const {
  ESKER_ASSERT(offset + into.size() <= size_);
  while (!into.empty()) {
    const std::uint64_t begin = offset % kPageBytes;
    const std::size_t count = std::min<std::uint64_t>(into.size(), kPageBytes - begin);
    const Page* const page = pages_[offset / kPageBytes].get();
    if (page != nullptr) {
      std::memcpy(into.data(), page->data() + begin, count);
    } else {
      std::memset(into.data(), 0, count);
    }
    offset += count;
    into = into.subspan(count);
  }
}

void Pages::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  ESKER_ASSERT(offset + bytes.size() <= size_);
  while (!bytes.empty()) {
    const std::uint64_t begin = offset % kPageBytes;
    const std::size_t count = std::min<std::uint64_t>(bytes.size(), kPageBytes - begin);
    std::memcpy(own(offset / kPageBytes).data() + begin, bytes.data(), count);
    offset += count;
    bytes = bytes.subspan(count);
  }
}

void Pages::write_zeros(std::uint64_t offset, std::uint64_t bytes) {
  ESKER_ASSERT(offset + bytes <= size_);
  while (bytes > 0) {
    const std::uint64_t begin = offset % kPageBytes;
    const std::uint64_t count = std::min(bytes, kPageBytes - begin);
    std::shared_ptr<Page>& page = pages_[offset / kPageBytes];
    if (count == kPageBytes) {
      page.reset();
    } else if (page != nullptr) {
      std::memset(own(offset / kPageBytes).data() + begin, 0, count);
    }
    offset += count;
    bytes -= count;
  }
}

void Pages::copy_sector(std::uint64_t sector, const Pages& from) {
  const std::uint64_t page = sector / kSectorsPerPage;
  const std::uint64_t begin = sector % kSectorsPerPage * kSectorBytes;
  const Page* const source = from.pages_[page].get();
  if (source == nullptr && pages_[page] == nullptr) return;
  Page& target = own(page);
  if (source == nullptr) {
    std::memset(target.data() + begin, 0, kSectorBytes);
  } else {
    std::memcpy(target.data() + begin, source->data() + begin, kSectorBytes);
  }
}

Pages::Page& Pages::own(std::uint64_t page) {
  std::shared_ptr<Page>& held = pages_[page];
  if (held == nullptr) {
    held = std::make_shared<Page>();
  } else if (held.use_count() > 1) {
    held = std::make_shared<Page>(*held);
  }
  return *held;
}

}  // namespace esker::sim
