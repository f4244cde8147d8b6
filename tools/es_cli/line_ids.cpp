#include "es_cli/line_ids.hpp"

#include <cstring>
#include <string>

namespace esker::tools {

namespace {

// A random UUID, chosen once for all time: with another one, a second import of the same file would append all of it again.
const Uuid kSpace = *Uuid::parse("5c7a7be4-30a1-4f0e-9d46-3c9b8a7d2e15");

}  // namespace

std::size_t LineIds::Hash::operator()(const EventId& id) const {
  std::size_t hash = 0;  // the id is a hash already
  std::memcpy(&hash, id.bytes().data(), sizeof hash);
  return hash;
}

EventId LineIds::next(std::string_view line) {
  const EventId first = Uuid::from_name(kSpace, line);
  const std::uint64_t before = seen_[first]++;
  if (before == 0) return first;
  // A line has no line feed, so this is the name of no other one.
  return Uuid::from_name(kSpace, std::string(line) + '\n' + std::to_string(before));
}

}  // namespace esker::tools
