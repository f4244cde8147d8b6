#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "esker/result.hpp"
#include "format/message.hpp"
#include "format/record.hpp"

namespace esker::client {

/// The body of an `events` frame as it was received, and where its records are in it. Never changed, so any thread may read it.
struct EventFrame {
  std::unique_ptr<const std::byte[]> body;
  format::ParsedEvents events;  ///< Views into `body`.
  std::uint64_t records = 0;    ///< As the extents say; each has at least one.

  [[nodiscard]] std::size_t bytes() const { return events.records.size(); }
};

/// Takes over a received body. Errors: `protocol`, when it is not an `events` message or has an extent without records.
Result<std::shared_ptr<const EventFrame>> make_event_frame(std::unique_ptr<const std::byte[]> body,
                                                           std::size_t body_bytes);

/// Walks the records of a frame and checks each one's place-bound checksum. Copies nothing. The frame outlives the walk.
class RecordWalk {
 public:
  RecordWalk() = default;
  explicit RecordWalk(const EventFrame& frame) : frame_(&frame) {}

  [[nodiscard]] bool done() const {
    return frame_ == nullptr || extent_ == frame_->events.extents.size();
  }

  /// The next record; there must be one. Errors: `corrupt` (not what was written to the server's segment), `protocol` (the extent has
  /// another number of records than it says); the walk is of no use then.
  Result<format::RecordView> next();

 private:
  const EventFrame* frame_ = nullptr;
  std::size_t extent_ = 0;
  std::size_t extent_begin_ = 0;  // in the frame's records
  std::size_t at_ = 0;            // in the extent
  std::uint32_t taken_ = 0;       // of the extent's records
};

/// The frame's last record. Errors: as `RecordWalk::next`.
Result<format::RecordView> last_record(const EventFrame& frame);

}  // namespace esker::client
