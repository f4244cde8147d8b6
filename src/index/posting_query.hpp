#pragma once

#include <cstdint>

#include "esker/query.hpp"
#include "index/term.hpp"

namespace esker::index {

/// An event within its memtable or run: its position less that of the first event there. 32 bits: a run covers fewer positions than
/// that (format-spec.md, "Run").
using Posting = std::uint32_t;

/// Which postings of one memtable or run are wanted: those of `term` in [begin, end), the first ones forwards, the last ones backwards.
struct PostingQuery {
  Term term;
  Direction direction = Direction::forwards;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

}  // namespace esker::index
