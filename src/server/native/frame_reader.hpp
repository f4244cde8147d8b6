#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "esker/error.hpp"
#include "format/frame.hpp"

namespace esker::server {

/// A frame that has been received whole and checked.
struct Frame {
  format::FrameHeader header;
  std::span<const std::byte> body;
  /// What `body` lies in; null: the reader's own buffer, where it stays until the reader's next call.
  std::unique_ptr<std::byte[]> storage;
};

/// Cuts the bytes that come from a client into frames. Knows no socket: the session receives into `room`, says so with `received`, and asks
/// `step` until it wants more.
///
/// A frame's length is looked at before anything is allocated for it. Short frames are read in a buffer of fixed size; a longer one, and an
/// append, whose bytes must live until it is answered, gets storage of its own when the session has found room for it. Threads: one.
class FrameReader {
 public:
  /// The buffer, which every connection has.
  static constexpr std::size_t kBufferBytes = 16U << 10;

  /// `body_bytes_max`: of a frame after the first one; the first, which must be a `hello`, is short.
  explicit FrameReader(std::uint32_t body_bytes_max);

  enum class Step : std::uint8_t {
    more,     ///< Receive more.
    storage,  ///< Call `provide_storage` when there is room for `storage_bytes`.
    frame,    ///< `take` gives it.
    fault,    ///< `fault` says what; nothing more can be read.
  };
  Step step();

  /// Where to receive to; never empty after `Step::more`. Valid until the next call.
  std::span<std::byte> room();
  void received(std::size_t bytes);

  [[nodiscard]] std::uint32_t storage_bytes() const { return header_.body_bytes; }
  void provide_storage();

  /// Drops what has been received; the session reads on only to keep the peer from an error.
  void discard();

  /// After `Step::frame`.
  Frame take();

  /// After `Step::fault`. Code `protocol` or `too_large`.
  [[nodiscard]] const Error& fault() const { return *fault_; }

  /// True when a part of a frame has been received.
  [[nodiscard]] bool in_frame() const { return parsed_ || begin_ < end_; }
  /// How much of the body of the frame under way has come.
  [[nodiscard]] std::size_t received_bytes() const { return storage_ ? stored_ : waiting().size(); }

 private:
  Step fail(Errc code, std::string message);
  Step check(std::span<const std::byte> body);
  Step fill_storage();
  [[nodiscard]] bool needs_storage() const;
  [[nodiscard]] std::span<const std::byte> waiting() const {
    return std::span(buffer_).subspan(begin_, end_ - begin_);
  }

  const std::uint32_t body_bytes_max_;
  bool first_ = true;  // no frame has been taken yet
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // of what waits in `buffer_`
  std::size_t end_ = 0;
  bool parsed_ = false;  // the header, which has been taken out of the buffer
  format::FrameHeader header_;
  std::array<std::byte, format::kFrameHeaderBytes> header_bytes_{};
  std::unique_ptr<std::byte[]> storage_;
  std::size_t stored_ = 0;
  std::optional<Error> fault_;
};

}  // namespace esker::server
