#include "client/frame_writer.hpp"

#include <utility>

namespace esker::client {

std::array<std::span<const std::byte>, 2> FrameWriter::gather() {
  batch_.clear();
  large_ = nullptr;
  while (!waiting_.empty() && large_ == nullptr && batch_.size() < kBatchBytes) {
    std::shared_ptr<OutFrame> frame = std::move(waiting_.front());
    waiting_.pop_front();
    if (frame->withdrawn) continue;
    frame->sent = true;
    if (frame->bytes.size() > kSmallFrameBytes) {
      large_ = std::move(frame);
    } else {
      batch_.insert(batch_.end(), frame->bytes.begin(), frame->bytes.end());
    }
  }
  std::span<const std::byte> large;
  if (large_ != nullptr) large = large_->bytes;
  return {std::span<const std::byte>(batch_), large};
}

}  // namespace esker::client
