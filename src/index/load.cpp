#include "index/load.hpp"

#include <string>
#include <utility>

namespace esker::index {

Result<LoadedSegment> load_segment(const SegmentKey& segment, Index::SegmentReader& read_segment) {
  LoadedSegment loaded;
  auto memtable = std::make_shared<Memtable>(segment.id, segment.first,
                                             segment.end.value() - segment.first.value());
  Position strange;
  UniqueFunction<void(Position, const EventTerms&)> add = [&](Position position,
                                                              const EventTerms& terms) {
    if (position == memtable->end() && position < segment.end) {
      memtable->add(position, terms);
      if (terms.left == Left::all) return;
      loaded.released.resize(segment.end.value() - segment.first.value());
      loaded.released[position.value() - segment.first.value()] = true;
    } else if (strange == Position()) {
      strange = position;
    }
  };
  ESKER_TRY(read_segment(segment, add));
  if (strange == Position() && memtable->end() == segment.end) {
    loaded.memtable = std::move(memtable);
    return loaded;
  }
  const Position wrong = strange != Position() ? strange : memtable->end();
  return Error(Errc::corrupt,
               "segment " + std::to_string(segment.id.value()) +
                   " does not hold the events it should: after position " +
                   std::to_string(memtable->end().value() - 1) + " of " +
                   std::to_string(segment.end.value() - 1) + " comes " +
                   (strange != Position() ? std::to_string(wrong.value()) : "nothing"));
}

}  // namespace esker::index
