#include "store/stream_place.hpp"

#include <algorithm>
#include <string>

#include "store/newest_event.hpp"

namespace esker::store {
namespace {

/// So close to a known event, its postings are simply listed.
constexpr std::uint64_t kListed = 256;

/// The position that is as far from `low` to `high` as `version` is between their versions, if events come evenly.
Position guess(const StreamHead& low, const StreamHead& high, Version version) {
  const auto width = static_cast<double>(high.position.value() - low.position.value());
  const auto steps = static_cast<double>(version.value() - low.version.value());
  const auto of = static_cast<double>(high.version.value() - low.version.value());
  const Position guessed = low.position.plus(static_cast<std::uint64_t>(width * (steps / of)));
  return std::min(guessed, high.position.previous());  // rounding may carry a large number too far
}

}  // namespace

Result<StreamHead> StreamPlace::last_before(Position end) {
  ESKER_TRY(const auto last,
            newest_event(context_.index, term_, stream_, end, found_,
                         [this](Position position) { return records_.read(position); }));
  return last ? head_of(*last) : StreamHead{};
}

Result<Position> StreamPlace::find(Version version, const StreamHead& head) {
  // The event looked for is behind `low`, and at or before `high`.
  StreamHead low;
  StreamHead high = head;
  bool bisect = false;
  while (high.version.value() - low.version.value() > kListed &&
         version.value() - low.version.value() > kListed) {
    // A guess is exact when events come evenly; halving in turn keeps a bad distribution from costing more than twice the best.
    const Position middle =
        bisect ? low.position.plus((high.position.value() - low.position.value()) / 2)
               : guess(low, high, version);
    bisect = !bisect;
    ESKER_TRY(const StreamHead found, last_before(middle.next()));
    if (found.version >= version) {
      if (found.version == version) return found.position;
      high = found;
    } else if (found.version > low.version) {
      low = found;
    } else {
      low.position = std::max(low.position,
                              middle);  // no event of the stream up to here but those before `low`
    }
    if (low.position.next() >= high.position) break;
  }
  Position from = low.position.next();
  while (from <= high.position) {
    found_.clear();
    ESKER_TRY(context_.index.find(term_, Direction::forwards, from, high.position.next(), kListed,
                                  found_));
    for (const Position position : found_) {
      ESKER_TRY(const format::RecordView record, records_.read(position));
      if (record.stream == stream_ && record.version >= version) return position;
    }
    if (found_.size() < kListed) break;
    from = found_.back().next();
  }
  return Error(Errc::corrupt, "stream \"" + std::string(stream_) + "\" has no version " +
                                  std::to_string(version.value()) + " although it is at " +
                                  std::to_string(head.version.value()) +
                                  ": run es-tool verify on the directory");
}

}  // namespace esker::store
