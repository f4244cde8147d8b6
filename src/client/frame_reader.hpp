#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "esker/result.hpp"
#include "format/frame.hpp"

namespace esker::client {

/// A frame as received, its checksum checked.
struct Frame {
  format::FrameHeader header;
  std::span<const std::byte> body;
  /// Holds `body` when the frame was a large one. Otherwise `body` lies in the reader, until its next call.
  std::unique_ptr<const std::byte[]> storage;

  /// Makes `body` the caller's: takes `storage`, or copies a small body.
  std::unique_ptr<const std::byte[]> take_body();
};

/// Puts frames together from received bytes. Knows no socket: the caller receives into `room` and says how much that was.
///
/// Small frames are handed out where they lie in one buffer, many for one receive. A large one gets memory of its own size, into which the
/// rest of it is received, so that its records are never copied. Threads: one.
class FrameReader {
 public:
  static constexpr std::size_t kBufferBytes = 32U << 10;
  /// A larger body gets memory of its own.
  static constexpr std::size_t kSmallBodyBytes = 8U << 10;

  /// `body_bytes_max`  a frame with a longer body is an error, before anything is allocated for it.
  explicit FrameReader(std::uint32_t body_bytes_max);

  /// Where to receive next, the first span first; never empty after `next` answered with nothing.
  std::array<std::span<std::byte>, 2> room();

  /// So many bytes have been received into `room`.
  void received(std::size_t bytes);

  /// The next whole frame; nothing when more must be received. Errors, after which the connection is of no use: `too_large` (longer than is
  /// accepted), `protocol` (damaged).
  Result<std::optional<Frame>> next();

  /// The request of the frame that was too large; 0 when none was.
  [[nodiscard]] std::uint64_t refused_request() const { return refused_request_; }

 private:
  Result<std::optional<Frame>> checked(std::span<const std::byte> header_bytes,
                                       const format::FrameHeader& header,
                                       std::span<const std::byte> body,
                                       std::unique_ptr<const std::byte[]> storage) const;
  void begin_large(const format::FrameHeader& header);

  std::uint32_t body_bytes_max_;
  std::uint64_t refused_request_ = 0;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // received and not handed out: [begin_, end_) of the buffer
  std::size_t end_ = 0;

  // A large frame under way. Unless it is complete the buffer is empty.
  std::unique_ptr<std::byte[]> large_;
  std::size_t large_filled_ = 0;
  std::array<std::byte, format::kFrameHeaderBytes> large_header_bytes_{};
  format::FrameHeader large_header_;
};

}  // namespace esker::client
