#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace esker {

/// A number with a meaning. Numbers of different meanings neither mix nor convert by accident; `value()` is the way out.
///
/// Zero is "none" for every number defined here, so a default-constructed one is "before the first".
template <class Tag>
class Number {
 public:
  constexpr Number() = default;
  constexpr explicit Number(std::uint64_t value) : value_(value) {}

  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }

  /// The number `distance` further on. The caller makes sure that it does not wrap.
  [[nodiscard]] constexpr Number plus(std::uint64_t distance) const {
    return Number(value_ + distance);
  }
  [[nodiscard]] constexpr Number next() const { return Number(value_ + 1); }
  [[nodiscard]] constexpr Number previous() const { return Number(value_ - 1); }

  friend constexpr auto operator<=>(Number, Number) = default;

 private:
  std::uint64_t value_ = 0;
};

/// An event's number in the whole log: 1, 2, 3 …; 0 is before the first. Never changed, and never reused either
/// with durability `sync`; in the weaker modes a loss of power may give positions back, which a new incarnation tells.
using Position = Number<struct PositionTag>;

/// An event's number in its stream: 1, 2, 3 …; as a stream's current version, 0 means that there is no such stream.
using Version = Number<struct VersionTag>;

/// A byte in a segment file, counted from the file's start.
using FileOffset = Number<struct FileOffsetTag>;

/// A segment's number in the log: 1, 2, 3 …, in the order in which they were begun.
using SegmentId = Number<struct SegmentIdTag>;

/// UTC, in nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
using Timestamp = Number<struct TimestampTag>;

/// Counts the opens of a store. Where positions may be given out again after a loss of power (every durability but `sync`),
/// a reader that remembers the incarnation can tell.
using Incarnation = Number<struct IncarnationTag>;

}  // namespace esker

template <class Tag>
struct std::hash<esker::Number<Tag>> {
  std::size_t operator()(esker::Number<Tag> number) const noexcept {
    return std::hash<std::uint64_t>{}(number.value());
  }
};
