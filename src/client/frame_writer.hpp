#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace esker::client {

/// A frame on its way to the server. Shared by who waits for its answer and who writes it; used on the engine's executor only.
struct OutFrame {
  std::vector<std::byte> bytes;
  bool sent = false;       ///< Perhaps with the server, wholly or in part.
  bool withdrawn = false;  ///< Nobody waits for an answer any more: not to be sent.
};

/// What waits to be written to the server, in order. Knows no socket. Threads: one.
///
/// Many small frames become one write: that is what lets thousands of appends share a system call. A large frame is written from where
/// it is.
class FrameWriter {
 public:
  /// Small frames are copied into batches of about this size.
  static constexpr std::size_t kBatchBytes = 256U << 10;
  /// A longer frame is not copied.
  static constexpr std::size_t kSmallFrameBytes = 16U << 10;

  void add(std::shared_ptr<OutFrame> frame) { waiting_.push_back(std::move(frame)); }

  /// The bytes to write next, the first span first; both empty when nothing waits. They stay where they are until the next call. What was
  /// gathered before has been written.
  std::array<std::span<const std::byte>, 2> gather();

 private:
  std::deque<std::shared_ptr<OutFrame>> waiting_;
  std::vector<std::byte> batch_;
  std::shared_ptr<OutFrame> large_;
};

}  // namespace esker::client
