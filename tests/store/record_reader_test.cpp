#include "store/record_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "support/sim_store.hpp"

namespace esker::tests {
namespace {

constexpr std::uint64_t kEvents = 3000;
/// So that no event of a stream is near the next one.
constexpr std::uint64_t kStreams = 100;

/// A store of several sealed segments, and of each event where it stands in them.
class Grown {
 public:
  Grown() {
    store_.options.store.segment_bytes = store_.options.store.segment_bytes_first = 128 << 10;
    REQUIRE(store_.open());
    for (std::uint64_t number = 1; number <= kEvents; ++number) {
      const std::string stream = "s-" + std::to_string(number % kStreams);
      REQUIRE(store_.append({{stream, Expected::any(), events(1, number, "t", 200)}})->has_value());
    }
    for (const std::string& name : store_.disk().names()) {
      if (name.ends_with(".segment")) segments_.emplace(name, store_.disk().bytes(name));
    }
    active_ = place_of(kEvents).name;
    store_.disk().keep_hints();
  }

  void read(const Query& query, std::size_t expected) {
    const auto found = store_.read(query);
    REQUIRE(found.has_value());
    REQUIRE(found.assume_value().size() == expected);
  }

  /// Whether the reader has asked for an event, or did not have to because its segment still grows.
  bool asked(std::uint64_t number) {
    const Place place = place_of(number);
    return place.name == active_ ||
           std::ranges::any_of(store_.disk().hints(), [&](const sim::ReadHint& hint) {
             return hint.name == place.name && hint.begin <= place.offset &&
                    hint.end > place.offset;
           });
  }

  /// All that has been asked for of segments, in bytes.
  std::uint64_t asked_bytes() {
    std::uint64_t bytes = 0;
    for (const sim::ReadHint& hint : store_.disk().hints()) {
      if (hint.name.ends_with(".segment")) bytes += hint.end - hint.begin;
    }
    return bytes;
  }

  std::uint64_t log_bytes() { return store_.engine().info().log_bytes; }

 private:
  struct Place {
    std::string name;
    std::uint64_t offset = 0;
  };

  /// By the event's id, which stands in its record.
  Place place_of(std::uint64_t number) {
    const EventId id = id_of(number);
    for (const auto& [name, bytes] : segments_) {
      const auto found = std::ranges::search(bytes, id.bytes());
      if (!found.empty()) {
        return {name, static_cast<std::uint64_t>(found.begin() - bytes.begin())};
      }
    }
    FAIL("event ", number, " is nowhere");
    return {};
  }

  SimStore store_;
  std::map<std::string, std::vector<std::byte>> segments_;
  std::string active_;
};

}  // namespace

TEST_SUITE("store") {
  TEST_CASE("record reader: the events of a stream are asked for, and little else") {
    for (const Direction direction : {Direction::forwards, Direction::backwards}) {
      Grown grown;
      grown.read({.selector = Selector::stream("s-7"),
                  .direction = direction,
                  .from = direction == Direction::forwards ? 1 : Query::kEnd},
                 kEvents / kStreams);
      for (std::uint64_t number = 7; number <= kEvents; number += kStreams) {
        CAPTURE(number);
        CHECK(grown.asked(number));
      }
      CHECK(grown.asked_bytes() < grown.log_bytes() / 20);
    }
  }

  TEST_CASE("record reader: one event is not worth asking for, and a limit bounds what is") {
    Grown grown;
    grown.read({.selector = Selector::stream("s-7"), .limit = 1}, 1);
    CHECK(grown.asked_bytes() == 0);
    grown.read({.selector = Selector::stream("s-7"), .limit = 3}, 3);
    CHECK(grown.asked(207));
    CHECK_FALSE(grown.asked(307));
  }

  TEST_CASE("record reader: a walk over all events asks for them once, in either direction") {
    for (const Direction direction : {Direction::forwards, Direction::backwards}) {
      Grown grown;
      const std::uint64_t from = direction == Direction::forwards ? 1 : Query::kEnd;
      grown.read({.direction = direction, .from = from}, kEvents);
      for (std::uint64_t number = 1; number <= kEvents; ++number) {
        CAPTURE(number);
        REQUIRE(grown.asked(number));
      }
      CHECK(grown.asked_bytes() < grown.log_bytes() + grown.log_bytes() / 5);
    }
  }
}

}  // namespace esker::tests
