#pragma once

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "esker/compaction.hpp"
#include "support/sim_store.hpp"
#include "support/system_streams.hpp"

namespace esker::tests {

inline constexpr CompactionOptions kAtOnce{.bytes_per_second = 0};

/// A store with small segments of what retention is about: streams that are bounded, deleted, ended and left alone, and a checkpoint that
/// is saved again and again.
class FilledStore {
 public:
  explicit FilledStore(std::uint64_t seed = 1, bool proofs = false) : random_(seed) {
    store.options.store.proofs = proofs;
    store.options.store.segment_bytes = store.options.store.segment_bytes_first = 128 << 10;
    REQUIRE(store.open());
    say("bounded-1", R"({"$maxCount":3})");
    for (int i = 0; i < 100; ++i) {
      for (const char* const stream : {"bounded-1", "deleted-1", "ended-1", "kept-1", "cut-1"}) {
        append(stream, 1 + random_() % 3);
      }
      if (i % 3 == 0) checkpoint(i);
    }
    say("deleted-1", R"({"$deleted":true})");
    say("cut-1", R"({"$tb":40})");
    append_one("ended-1", {next_id(), "$tombstone", ""});
    for (int i = 0; i < 50; ++i) append("kept-2", 4);  // behind all that, sealed too
    store.engine().run_until_idle();
    REQUIRE(store.engine().info().sealed_segments > 3);
  }

  void append(const std::string& stream, std::size_t count) {
    std::vector<OwnedEvent> owned;
    for (std::size_t i = 0; i < count; ++i) {
      owned.push_back({next_id(), i % 2 == 0 ? "paid" : "placed",
                       std::string(100 + random_() % 900, 'x'), "{}", Tags{"by=ann"}});
    }
    REQUIRE(store.append({{stream, Expected::any(), std::move(owned)}})->has_value());
  }

  CompactionStatus compact(const CompactionOptions& options = kAtOnce) {
    REQUIRE(store.engine().start_compaction(options));
    store.engine().run_until_idle();
    return store.engine().compactor().status();
  }

  SimStore store;

 private:
  EventId next_id() { return id_of(++id_); }
  void append_one(std::string stream, OwnedEvent event) {
    REQUIRE(store.append({{std::move(stream), Expected::any(), {std::move(event)}}})->has_value());
  }
  void say(std::string_view stream, std::string json) {
    append_one(metadata_stream_of(stream), {next_id(), "$metadata", std::move(json)});
  }
  void checkpoint(int position) {
    append_one("$checkpoint-mailer",
               {next_id(), "$checkpoint", R"({"position":)" + std::to_string(position) + "}"});
  }

  std::mt19937_64 random_;
  std::uint64_t id_ = 0;
};

}  // namespace esker::tests
