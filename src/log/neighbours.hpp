#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "log/segment.hpp"

namespace esker::log {

/// Which sealed segments are better merged: those that follow each other and are at most half as long as a segment is to be, as many at
/// once as fit into one.
///
/// `segments`       in the log's order.
/// `segment_bytes`  how long a segment is to be.
/// Returns          groups of two or more, in order.
std::vector<std::vector<std::shared_ptr<Segment>>> small_neighbours(
    std::span<const std::shared_ptr<Segment>> segments, std::uint64_t segment_bytes);

}  // namespace esker::log
