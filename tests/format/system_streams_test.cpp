#include "esker/system_streams.hpp"

#include <doctest/doctest.h>

using namespace esker;

TEST_SUITE("format") {
  TEST_CASE("system streams: their names begin with a mark") {
    CHECK(is_system_stream(metadata_stream_of("a")));
    CHECK(is_system_stream(snapshot_stream_of("a")));
    CHECK(is_system_stream(checkpoint_stream_of("a")));
    CHECK_FALSE(is_system_stream("a"));
    CHECK_FALSE(is_system_stream(""));
    CHECK_FALSE(is_system_stream("a$"));
  }

  TEST_CASE("system streams: an append can be moved, and keeps its id") {
    SystemAppend first("$checkpoint-a", "t", {std::byte{7}}, {std::byte{8}}, Tags{"x"});
    const EventId id = first.append().events[0].id;
    SystemAppend second = std::move(first);
    const StreamAppend view = second.append();
    CHECK(view.stream == "$checkpoint-a");
    CHECK(view.events[0].id == id);
    CHECK(view.events[0].type == "t");
    CHECK(view.events[0].data[0] == std::byte{7});
    CHECK(view.events[0].metadata[0] == std::byte{8});
    CHECK(view.events[0].tags.contains("x"));
    CHECK(tombstone_append("b").append().events[0].type == kTombstoneType);
  }
}
