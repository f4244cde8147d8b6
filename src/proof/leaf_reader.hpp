#pragma once

#include <memory>

#include "esker/proof.hpp"
#include "esker/result.hpp"
#include "format/tree_hasher.hpp"
#include "log/log.hpp"

namespace esker::proof {

/// Makes the hashes of the log's leaves from its records, one after the other. Keeps a segment alive; for one piece of work.
class LeafReader {
 public:
  explicit LeafReader(const log::Log& log) : segments_(log.segments()) {}

  /// That of the event at `position`, which is visible.
  /// Errors: `not_found`: the event has been released, so that no hash can be made; `corrupt`, `io_error`.
  Result<TreeHash> leaf(format::TreeHasher& hasher, Position position);

 private:
  std::shared_ptr<const log::SegmentSet> segments_;
  std::shared_ptr<log::Segment> segment_;
};

}  // namespace esker::proof
