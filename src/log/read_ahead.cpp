#include "log/read_ahead.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace esker::log {
namespace {

constexpr std::uint64_t kPieceBytes = 1 << 20;

/// So much is asked for ahead, in pieces that the kernel takes whole.
constexpr std::uint64_t kAheadBytes = 4 << 20;

}  // namespace

void ReadHints::reached(const io::File& file, std::uint64_t at, std::uint64_t end) {
  const std::uint64_t wanted = std::min(end, at + kAheadBytes);
  asked_ = std::max(asked_, at);
  while (asked_ < wanted) {
    const std::uint64_t begin = asked_;
    asked_ = std::min(wanted, begin + kPieceBytes);
    file.will_read(begin, asked_);
  }
}

Result<std::span<const std::byte>> ReadAhead::at(FileOffset offset, std::size_t bytes) {
  ESKER_ASSERT_VALUES(offset <= end_, offset.value(), end_.value());
  const std::uint64_t wanted = std::min<std::uint64_t>(bytes, end_.value() - offset.value());
  const bool there = offset >= begin_ && offset.value() + wanted <= begin_.value() + buffer_.size();
  if (!there) {
    const std::uint64_t piece =
        std::min(std::max(wanted, kPieceBytes), end_.value() - offset.value());
    // Not for who only looks at the beginning.
    const bool goes_on =
        !buffer_.empty() && offset >= begin_ && offset.value() <= begin_.value() + buffer_.size();
    if (goes_on) hints_.reached(file_, offset.value() + piece, end_.value());
    buffer_.resize(piece);
    begin_ = offset;
    Result<void> read = file_.read_at(offset, buffer_, site_);
    if (!read && read.assume_error().code() == Errc::corrupt && wanted < piece) {
      // What is wanted may be before the block that is damaged. A disk that has failed is not asked again.
      buffer_.resize(wanted);
      read = file_.read_at(offset, buffer_, site_);
    }
    if (!read) {
      buffer_.clear();
      return std::move(read).assume_error();
    }
  }
  return std::span<const std::byte>(buffer_).subspan(offset.value() - begin_.value());
}

}  // namespace esker::log
