#pragma once

#include <atomic>
#include <cstdint>

#include "index/term.hpp"
#include "io/clock.hpp"
#include "log/log.hpp"
#include "store/index_reader.hpp"
#include "store/retention.hpp"

namespace esker::store {

/// What a reader needs of the store, which outlives it. Each has its own.
struct ReadContext {
  const log::Log& log;
  IndexReader index;  ///< The reader's own.
  const index::TermHasher& hasher;
  io::Clock& clock;
  const RetentionUse& retention;
  const std::atomic<bool>&
      closed;  ///< Set when the store has been closed: readers answer `closed`.
  mutable std::uint64_t records_read = 0;  ///< By those who help the reader to find its place.
};

}  // namespace esker::store
