#include "index/source.hpp"

#include <algorithm>
#include <array>

namespace esker::index {

bool Source::whole() const {
  if (run == nullptr) return false;
  const RunKey& key = run->footer().key;
  return key.first_segment == segment && key.last_segment == last_segment();
}

Result<void> Source::find(const Term& term, Direction direction, Position from, Position until,
                          std::size_t max, std::vector<Position>& positions) const {
  const Position base = run != nullptr ? run->footer().key.first : first;
  from = std::max(from, first);
  if (sealed) until = std::min(until, end());
  if (from >= until) return ok();
  // Piece by piece, so that a memtable's lock is held for a bounded time, and a run decodes to the stack.
  std::array<Posting, 256> piece;  // Uninitialised on purpose.
  PostingQuery query{term, direction, from.value() - base.value(), until.value() - base.value()};
  while (max > 0 && query.begin < query.end) {
    const std::span<Posting> into = std::span(piece).first(std::min(max, piece.size()));
    std::size_t count = 0;
    if (memtable != nullptr) {
      count = memtable->copy(query, into);
    } else {
      ESKER_TRY(count, run->copy(query, into));
    }
    for (const Posting posting : into.first(count)) positions.push_back(base.plus(posting));
    if (count < into.size()) break;
    max -= count;
    if (direction == Direction::forwards) {
      query.begin = std::uint64_t{into.back()} + 1;
    } else {
      query.end = into.back();
    }
  }
  return ok();
}

Result<std::uint64_t> Source::may_contain(std::span<const Term> ids) const {
  if (memtable != nullptr) return memtable->contained(ids);
  return run->may_contain(ids);
}

std::shared_ptr<const std::vector<SegmentKey>> keep_segments(std::span<const SegmentKey> segments) {
  return std::make_shared<const std::vector<SegmentKey>>(segments.begin(), segments.end());
}

std::vector<SegmentKey> segments_of(const Sources& sources) {
  std::vector<SegmentKey> segments;
  for (const Source& source : sources) {
    segments.insert(segments.end(), source.sealed->begin(), source.sealed->end());
  }
  return segments;
}

Sources split_source(const Source& source) {
  Sources parts;
  for (const SegmentKey& key : *source.sealed) {
    parts.push_back({key.id, key.first, nullptr, source.run, keep_segments({&key, 1})});
  }
  return parts;
}

}  // namespace esker::index
