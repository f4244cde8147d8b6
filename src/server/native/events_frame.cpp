#include "server/native/events_frame.hpp"

#include <algorithm>

#include "io/guarded_read.hpp"

namespace esker::server {
namespace {

/// What is handed through a guarded read, which may own nothing.
struct Encoding {
  std::span<std::byte> head;
  std::uint64_t request;
  std::span<const format::Extent> extents;
  std::span<const std::span<const std::byte>> records;
};

}  // namespace

bool EventsFrame::add(const store::RecordRun& run) {
  const auto bytes = static_cast<std::uint32_t>(run.bytes.size());
  const auto records = static_cast<std::uint32_t>(run.records);
  if (extents_count_ > 0) {
    const std::size_t last = extents_count_ - 1;
    std::span<const std::byte>& before = records_[last];
    if (before.data() + before.size() == run.bytes.data() && segments_[last] == *run.segment) {
      before = {before.data(), before.size() + bytes};
      extents_[last].bytes += bytes;
      extents_[last].records += records;
      bytes_ += bytes;
      return true;
    }
  }
  if (extents_count_ == format::kExtentsMax) return false;
  extents_[extents_count_] = {(*run.segment)->header().salt, run.offset, bytes, records};
  records_[extents_count_] = run.bytes;
  segments_[extents_count_] = *run.segment;
  ++extents_count_;
  bytes_ += bytes;
  return true;
}

Result<void> EventsFrame::put(Outbox& outbox, std::uint64_t request) const {
  const std::span extents = std::span(extents_).first(extents_count_);
  const std::span records = std::span(records_).first(extents_count_);
  // Encoded aside, since the outbox cannot take back what it was given when a page turns out to be unreadable.
  std::array<std::byte, format::events_head_bytes(format::kExtentsMax)> buffer;
  const std::span<std::byte> head =
      std::span(buffer).first(format::events_head_bytes(extents.size()));
  Encoding encoding{head, request, extents, records};
  const bool readable = io::guarded_read(
      [](void* context) {
        const auto& it = *static_cast<Encoding*>(context);
        format::encode_events_head(it.head, it.request, it.extents, it.records);
      },
      &encoding);
  if (!readable) {
    return Error(Errc::io_error,
                 "events could not be read: the disk or file system failed, or a segment was cut");
  }
  const std::span<std::byte> into = outbox.add(head.size());
  std::copy(head.begin(), head.end(), into.begin());
  for (std::size_t i = 0; i < extents_count_; ++i) outbox.add_mapped(records_[i], segments_[i]);
  return ok();
}

}  // namespace esker::server
