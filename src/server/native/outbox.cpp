#include "server/native/outbox.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace esker::server {
namespace {

/// Room that an idle connection keeps.
constexpr std::size_t kOwnBytesKept = 16U << 10;
constexpr std::size_t kPiecesKept = 64;

}  // namespace

std::span<std::byte> Outbox::add(std::size_t bytes) {
  if (empty() || pieces_.back().mapped != nullptr) pieces_.push_back({nullptr, 0, nullptr});
  pieces_.back().bytes += bytes;
  bytes_ += bytes;
  own_.resize(own_.size() + bytes);
  return std::span(own_).last(bytes);
}

void Outbox::add_mapped(std::span<const std::byte> bytes, const std::shared_ptr<const void>& pin) {
  bytes_ += bytes.size();
  if (!empty()) {
    Piece& last = pieces_.back();
    if (last.mapped != nullptr && last.mapped + last.bytes == bytes.data() && last.pin == pin) {
      last.bytes += bytes.size();
      return;
    }
  }
  pieces_.push_back({bytes.data(), bytes.size(), pin});
}

std::size_t Outbox::gather(std::span<iovec> into) const {
  const std::byte* own = own_.data() + own_written_;
  std::size_t count = 0;
  for (std::size_t i = first_; i < pieces_.size() && count < into.size(); ++i) {
    const Piece& piece = pieces_[i];
    // sendmsg only reads through iov_base, which C declares without const.
    into[count++] = {const_cast<std::byte*>(piece.mapped != nullptr ? piece.mapped : own),
                     piece.bytes};
    if (piece.mapped == nullptr) own += piece.bytes;
  }
  return count;
}

void Outbox::written(std::size_t bytes) {
  ESKER_ASSERT(bytes <= bytes_);
  bytes_ -= bytes;
  while (bytes > 0) {
    Piece& piece = pieces_[first_];
    const std::size_t taken = std::min(bytes, piece.bytes);
    if (piece.mapped != nullptr) {
      piece.mapped += taken;
    } else {
      own_written_ += taken;
    }
    piece.bytes -= taken;
    bytes -= taken;
    if (piece.bytes > 0) break;
    piece.pin.reset();
    ++first_;
  }
  compact();
}

void Outbox::compact() {
  if (empty()) {
    pieces_.clear();
    own_.clear();
    if (pieces_.capacity() > kPiecesKept) pieces_.shrink_to_fit();
    if (own_.capacity() > kOwnBytesKept) own_.shrink_to_fit();
    first_ = 0;
    own_written_ = 0;
    return;
  }
  // Moving what waits costs less than what has been written since it was moved last.
  if (own_written_ >= kOwnBytesKept && own_written_ >= own_.size() / 2) {
    own_.erase(own_.begin(), own_.begin() + static_cast<std::ptrdiff_t>(own_written_));
    own_written_ = 0;
  }
  if (first_ >= kPiecesKept && first_ >= pieces_.size() / 2) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

}  // namespace esker::server
