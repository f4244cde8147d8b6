#include "client/event_frame.hpp"

#include <string>
#include <utility>

#include "base/assert.hpp"

namespace esker::client {

Result<std::shared_ptr<const EventFrame>> make_event_frame(std::unique_ptr<const std::byte[]> body,
                                                           std::size_t body_bytes) {
  auto frame = std::make_shared<EventFrame>();
  ESKER_TRY(frame->events, format::parse_events(std::span(body.get(), body_bytes)));
  frame->body = std::move(body);
  for (const format::Extent& extent : frame->events.extents) {
    if (extent.records == 0 || extent.bytes == 0) {
      return Error(Errc::protocol, "events message of the server has an extent without records");
    }
    frame->records += extent.records;
  }
  return std::shared_ptr<const EventFrame>(std::move(frame));
}

Result<format::RecordView> RecordWalk::next() {
  ESKER_ASSERT(!done());
  const format::Extent& extent = frame_->events.extents[extent_];
  const std::span<const std::byte> bytes =
      frame_->events.records.subspan(extent_begin_ + at_, extent.bytes - at_);
  const FileOffset offset = extent.offset.plus(at_);
  const format::ParsedRecord parsed = format::parse_record(bytes, extent.salt, offset);
  if (parsed.fault != format::RecordFault::none) {
    return Error(Errc::corrupt, "a record from offset " + std::to_string(offset.value()) +
                                    " of a segment arrived damaged: " +
                                    std::string(format::describe(parsed.fault)) +
                                    "; run es-tool verify on the server's directory");
  }
  at_ += parsed.record.padded_bytes();
  ++taken_;
  if ((at_ == extent.bytes) != (taken_ == extent.records)) {
    return Error(Errc::protocol,
                 "events message of the server has an extent with another number "
                 "of records than it says");
  }
  if (at_ == extent.bytes) {
    extent_begin_ += extent.bytes;
    at_ = 0;
    taken_ = 0;
    ++extent_;
  }
  return parsed.record;
}

Result<format::RecordView> last_record(const EventFrame& frame) {
  RecordWalk walk(frame);
  for (;;) {
    ESKER_TRY(const format::RecordView record, walk.next());
    if (walk.done()) return record;
  }
}

}  // namespace esker::client
