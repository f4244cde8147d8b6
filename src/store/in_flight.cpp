#include "store/in_flight.hpp"

namespace esker::store {
namespace {

/// One is built while one is written; a third is released late when the builder is ahead.
constexpr std::size_t kSparesMax = 3;

}  // namespace

std::shared_ptr<log::Group> InFlight::begin_group(std::shared_ptr<log::Segment> segment,
                                                  FileOffset begin, Position first) {
  std::shared_ptr<log::Group> group;
  if (spare_.empty()) {
    group = std::make_shared<log::Group>();
  } else {
    group = std::move(spare_.back());
    spare_.pop_back();
  }
  group->segment = std::move(segment);
  group->begin = begin;
  group->first = first;
  groups_.push_back(group);
  return group;
}

void InFlight::release(Position written) {
  while (!groups_.empty()) {
    std::shared_ptr<log::Group>& group = groups_.front();
    // The group being built may be empty; it is not done with.
    if (group->offsets.empty() || group->end() > written.next()) return;
    if (spare_.size() < kSparesMax && group->bytes.capacity() <= kept_bytes_max_) {
      group->segment.reset();
      group->bytes.clear();
      group->offsets.clear();
      spare_.push_back(std::move(group));
    }
    groups_.pop_front();
  }
}

const log::Group* InFlight::find(Position position) const {
  for (const std::shared_ptr<log::Group>& group : groups_) {
    if (position >= group->first && position < group->end()) return group.get();
  }
  return nullptr;
}

}  // namespace esker::store
