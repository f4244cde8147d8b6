#pragma once

#include <cstdint>

#include "esker/query.hpp"
#include "index/term.hpp"

namespace esker::index {

/// An event within its segment: its position less that of the segment's first event. 32 bits: a segment has fewer than 2^28 records.
using Posting = std::uint32_t;

/// Which postings of one segment are wanted: those of `term` in [begin, end), the first ones forwards, the last ones backwards.
struct PostingQuery {
  Term term;
  Direction direction = Direction::forwards;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

}  // namespace esker::index
