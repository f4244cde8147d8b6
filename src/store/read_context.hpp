#pragma once

#include <atomic>

#include "index/term.hpp"
#include "log/log.hpp"
#include "store/index_reader.hpp"

namespace esker::store {

/// What reading needs of the store. All of it outlives the reader.
struct ReadContext {
  const log::Log& log;
  const IndexReader& index;
  const index::TermHasher& hasher;
  const std::atomic<bool>&
      closed;  ///< Set when the store has been closed: readers answer `closed`.
};

}  // namespace esker::store
