#include "esker/snapshot.hpp"

#include <doctest/doctest.h>

using namespace esker;

TEST_SUITE("format") {
  TEST_CASE("snapshot: what is kept is found again in the event") {
    const auto bytes = as_bytes("state");
    const Snapshot snapshot{
        Version(17), "OrderState", {bytes.begin(), bytes.end()}, {std::byte{1}}};
    SystemAppend append = snapshot_append("order-1", snapshot);
    const StreamAppend view = append.append();
    CHECK(view.stream == "$snapshot-order-1");
    REQUIRE(view.events.size() == 1);
    const NewEvent& event = view.events[0];
    CHECK(event.tags.contains("$version=17"));
    CHECK_FALSE(event.id.is_nil());
    const EventView stored{Position(5), Version(2),     {},
                           event.id,    view.stream,    event.type,
                           event.data,  event.metadata, event.tags};
    CHECK(as_snapshot(stored) == snapshot);
  }

  TEST_CASE("snapshot: other events are none") {
    const Tags good{"x", "$version=3"};
    CHECK(snapshot_version("$snapshot-a", good) == Version(3));
    CHECK(snapshot_version("a", good) == std::nullopt);
    for (const char* const tag : {"$version=", "$version=0", "$version=3x", "$version=-1",
                                  "version=3", "$version=99999999999999999999"}) {
      const Tags tags{tag};
      CHECK_MESSAGE(snapshot_version("$snapshot-a", tags) == std::nullopt, tag);
    }
    CHECK(snapshot_version("$snapshot-a", {}) == std::nullopt);
  }
}
