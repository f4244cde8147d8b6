#include "scale/history.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace esker::bench {

namespace {

constexpr std::array<std::string_view, 4> kCategories = {"checkout", "order", "contract",
                                                         "customer"};

/// How many streams of a kind are open at a time, of `streams` in all.
std::uint64_t open_at_a_time(std::uint64_t kind, std::uint64_t streams) {
  const std::array<std::uint64_t, 4> open = {100, 10'000, streams / 10, streams};
  return std::clamp<std::uint64_t>(open[kind], 1, streams);
}

}  // namespace

// The finalizer of SplitMix64, which takes no two numbers to the same.
std::uint64_t scatter(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ULL;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebULL;
  return number ^ (number >> 31);
}

History::History(std::uint64_t events)
    : streams_a_kind_(std::max<std::uint64_t>(
          1, (events + kKinds * kEventsAStream - 1) / (kKinds * kEventsAStream))) {}

// The streams of a kind come in batches that are open together. A batch's events go round its streams ten times, each time beginning
// with another one, so that the distance between two events of a stream varies.
History::Place History::place_of(std::uint64_t event) const {
  event %= events();
  Place place;
  place.kind = event % kKinds;
  const std::uint64_t of_kind = event / kKinds;
  const std::uint64_t open = open_at_a_time(place.kind, streams_a_kind_);
  const std::uint64_t batch = of_kind / (open * kEventsAStream);
  const std::uint64_t batch_streams = std::min(open, streams_a_kind_ - batch * open);
  const std::uint64_t in_batch = of_kind % (open * kEventsAStream);
  place.round = in_batch / batch_streams;
  place.stream =
      batch * open + (in_batch + scatter(place.round + 1) % batch_streams) % batch_streams;
  return place;
}

std::string History::stream_of(std::uint64_t event) const {
  const Place place = place_of(event);
  std::string name(kCategories[place.kind]);
  name += '-';
  name += std::to_string(place.stream);
  return name;
}

EventId History::id_of(std::uint64_t event) {
  std::array<std::byte, Uuid::kBytes> bytes{};
  const std::uint64_t high = scatter(2 * event + 1);
  const std::uint64_t low = scatter(2 * event + 2);
  std::memcpy(bytes.data(), &high, sizeof high);
  std::memcpy(bytes.data() + sizeof high, &low, sizeof low);
  return EventId(bytes);
}

std::string_view History::type_of(std::uint64_t event) const {
  const std::uint64_t round = place_of(event).round;
  if (round == 0) return "Opened";
  return round + 1 == kEventsAStream ? "Closed" : "Changed";
}

}  // namespace esker::bench
