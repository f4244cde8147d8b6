#include "support/commits.hpp"

#include <array>
#include <utility>

namespace esker::tests {

OwnedCommit::OwnedCommit(std::vector<OwnedAppend> appends) : appends_(std::move(appends)) {
  events_.reserve(appends_.size());
  for (const OwnedAppend& append : appends_) {
    std::vector<NewEvent>& views = events_.emplace_back();
    for (const OwnedEvent& event : append.events) views.push_back(event.view());
    views_.push_back({append.stream, append.expected, views});
  }
}

EventId id_of(std::uint64_t number) {
  std::array<std::byte, EventId::kBytes> bytes{};
  bytes[0] = std::byte{0xe5};
  for (std::size_t i = 0; i < 8; ++i) bytes[8 + i] = static_cast<std::byte>(number >> (56 - 8 * i));
  return EventId(bytes);
}

std::vector<OwnedEvent> events(std::size_t count, std::uint64_t first_id, std::string_view type,
                               std::size_t data_bytes) {
  std::vector<OwnedEvent> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back({id_of(first_id + i), std::string(type), std::string(data_bytes, 'd'), ""});
  }
  return made;
}

}  // namespace esker::tests
