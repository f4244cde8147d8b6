#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "log/segment.hpp"

namespace esker::store {

/// Records that follow each other in a segment, as they stand there: what the server sends verbatim.
struct RecordRun {
  Position first;
  std::uint64_t records = 0;
  FileOffset offset;                 ///< Of the first one.
  std::span<const std::byte> bytes;  ///< Mapped; whole records, padding included.
  /// Keeps the bytes mapped. Refers to the walk's own pointer, valid until its next call, so that none is counted up and down without need.
  const std::shared_ptr<log::Segment>* segment = nullptr;
};

/// Whether the events of the store's own streams are wanted.
enum class SystemStreams : std::uint8_t { included, excluded };

/// The records of `segment` from `position` on, at most `records_max` of them, as far as they fit into `bytes_max` and their checksums are
/// right, up to the first one that is not wanted; the first one even when it is longer. None when the first one cannot be read:
/// `Segment::read` says why. `position` and the `records_max` records from there on must be visible. Threads: any. Blocks only for pages
/// that must be read from disk.
RecordRun run_from(const std::shared_ptr<log::Segment>& segment, Position position,
                   std::uint64_t records_max, std::size_t bytes_max, SystemStreams system);

}  // namespace esker::store
