#include "load.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstring>

namespace esker::bench {

namespace {

std::string json_of_size(std::size_t bytes) {
  std::string text = R"({"customer":"c-1029","total":4213,"currency":"EUR","note":")";
  text.resize(bytes - 2, 'x');
  return text + "\"}";
}

}  // namespace

EventId next_event_id() {
  static const EventId run = Uuid::random();
  static std::atomic<std::uint64_t> last{0};
  std::array<std::byte, Uuid::kBytes> bytes = run.bytes();
  // The counter is spread over the bits, so that ids are as far apart as random ones.
  const std::uint64_t spread = ++last * 0x9e3779b97f4a7c15ULL;
  std::memcpy(bytes.data() + 8, &spread, sizeof spread);
  return EventId(bytes);
}

std::span<const std::byte> event_data() {
  static const std::string data = json_of_size(kEventBytes);
  return as_bytes(data);
}

Commit::Commit(std::uint64_t number, std::size_t events)
    : stream_("bench-" + std::to_string(number)), events_(events) {
  for (NewEvent& event : events_) {
    event.type = "OrderPlaced";
    event.data = event_data();
  }
  append_ = {stream_, Expected::any(), events_};
  renew();
}

void Commit::renew() {
  for (NewEvent& event : events_) event.id = next_event_id();
}

}  // namespace esker::bench
