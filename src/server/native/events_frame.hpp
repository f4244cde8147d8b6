#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "esker/result.hpp"
#include "format/message.hpp"
#include "server/native/outbox.hpp"
#include "store/record_run.hpp"

namespace esker::server {

/// Puts records together to one `events` frame: those that follow each other in a segment become one extent. Threads: one.
class EventsFrame {
 public:
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return extents_count_ == 0; }

  /// Takes `run`; false when it would need one extent too many.
  bool add(const store::RecordRun& run);

  /// Puts the frame into `outbox`, without copying records. Errors: `io_error` (mapped memory could not be read); nothing was put.
  Result<void> put(Outbox& outbox, std::uint64_t request) const;

 private:
  std::size_t extents_count_ = 0;
  std::size_t bytes_ = 0;
  std::array<format::Extent, format::kExtentsMax> extents_;
  std::array<std::span<const std::byte>, format::kExtentsMax> records_;
  std::array<std::shared_ptr<log::Segment>, format::kExtentsMax> segments_;
};

}  // namespace esker::server
