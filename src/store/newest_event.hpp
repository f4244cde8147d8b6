#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "format/record.hpp"
#include "index/term.hpp"
#include "store/index_reader.hpp"

namespace esker::store {

/// The last event of `stream`, whose term is `term`, among those before `end`; nothing when it has none. `read` gives the record at a
/// position, and the view is valid as long as it says; `found` is used and kept for its memory. Errors: those of the index and of `read`.
template <class Read>
Result<std::optional<format::RecordView>> newest_event(const IndexReader& index,
                                                       const index::Term& term,
                                                       std::string_view stream, Position end,
                                                       std::vector<Position>& found, Read read) {
  // A term normally leads to the record at once; more are looked at only when hashes collide.
  constexpr std::size_t kBatchMax = 1024;
  std::size_t batch = 1;
  while (true) {
    found.clear();
    ESKER_TRY(index.find(term, Direction::backwards, Position(1), end, batch, found));
    for (const Position position : found) {
      ESKER_TRY(const format::RecordView record, read(position));
      if (record.stream == stream) return std::optional(record);
    }
    if (found.size() < batch) return std::optional<format::RecordView>();
    end = found.back();
    batch = std::min(batch * 4, kBatchMax);
  }
}

}  // namespace esker::store
