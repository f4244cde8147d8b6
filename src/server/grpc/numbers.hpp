#pragma once

#include <cstdint>
#include <limits>

#include "esker/types.hpp"

/// How KurrentDB's clients count, and how we do: here and nowhere else.
///
/// | theirs                             | ours                                |
/// |------------------------------------|-------------------------------------|
/// | revision r of a stream, from 0 on  | version r + 1                       |
/// | commit = prepare position p        | position p; theirs have no event at 0 either |
/// | the greatest number                | the end                             |
namespace esker::server::kurrent {

/// As a revision or a position: the end.
inline constexpr std::uint64_t kEndNumber = std::numeric_limits<std::uint64_t>::max();
/// The revision that the event has which ends a stream for ever.
inline constexpr std::uint64_t kTombstoneRevision = std::numeric_limits<std::int64_t>::max();

[[nodiscard]] constexpr std::uint64_t revision_of(Version version) { return version.value() - 1; }
/// The greatest revisions, which no stream has, give the version before that of the end.
[[nodiscard]] constexpr Version version_of(std::uint64_t revision) {
  return Version(revision < kEndNumber - 1 ? revision + 1 : kEndNumber - 1);
}

[[nodiscard]] constexpr std::uint64_t commit_position_of(Position position) {
  return position.value();
}
[[nodiscard]] constexpr Position position_of(std::uint64_t commit_position) {
  return Position(commit_position);
}

/// The revision that a made-up link has in its stream: those of its targets' positions, so that they ascend, never change, and are found
/// without counting; there are gaps between them.
[[nodiscard]] constexpr std::uint64_t link_revision_of(Position target) {
  return target.value() - 1;
}
[[nodiscard]] constexpr Position target_of(std::uint64_t link_revision) {
  return Position(link_revision < kEndNumber - 1 ? link_revision + 1 : kEndNumber - 1);
}

/// Recorded times are told in units of 100 ns since 1970.
[[nodiscard]] constexpr std::uint64_t ticks_of(Timestamp time) { return time.value() / 100; }

}  // namespace esker::server::kurrent
