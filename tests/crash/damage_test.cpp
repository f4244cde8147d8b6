// Files of small stores damaged in every way there is (F12, F14 to F18): all is there, or it is said what is not.

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "esker/cursor.hpp"
#include "support/sim_store.hpp"

namespace esker::crash {
namespace {

using tests::ModelEvent;
using tests::ModelStore;
using tests::SimStore;

/// A store that was closed in order, or whose process died, and what is in it.
struct Stored {
  std::unique_ptr<sim::SimDisk> disk;
  std::unique_ptr<sim::SimDisk> earlier;  ///< The same when it had half of it.
  ModelStore model;
  Position witnessed;    ///< A later record or the watermark proves all up to here.
  Position watermarked;  ///< The watermark does.
};

void append(SimStore& store, ModelStore& model, std::uint64_t first_id, std::size_t data_bytes) {
  const std::vector<tests::OwnedAppend> commit{
      {"order-" + std::to_string(first_id % 5), Expected::any(),
       tests::events(2, first_id, first_id % 2 == 0 ? "placed" : "paid", data_bytes)}};
  REQUIRE(store.append(commit)->has_value());
  REQUIRE(model.append(commit).has_value());
}

Stored make_store(std::uint64_t commits, std::size_t data_bytes, bool closed) {
  Stored stored;
  SimStore store;
  REQUIRE(store.open());
  for (std::uint64_t i = 0; i < commits; ++i) {
    if (i == commits / 2) {
      stored.earlier = store.disk().clone();
      store.clock().advance(std::chrono::seconds(2));
      store.engine().run_until_idle();
      stored.watermarked = stored.model.head();
    }
    if (!closed) stored.witnessed = stored.model.head();  // the last group has no later record
    append(store, stored.model, 1 + 2 * i, data_bytes);
  }
  if (closed) {
    REQUIRE(store.close());
    stored.witnessed = stored.watermarked = stored.model.head();
  } else {
    store.disk().stop_at_call(0);
    store.drop();
  }
  stored.disk = store.disk().clone();
  stored.disk->crash_power(sim::CrashPolicy::all());
  return stored;
}

/// What is wrong with how a store answers after damage to `file`; empty: nothing.
class Judge {
 public:
  /// `kept`: nothing up to here may be lost without a word. Behind it, what the device has lost looks like a torn tail (README.md,
  /// "What no promise covers").
  Judge(const Stored& stored, Position kept) : stored_(stored), kept_(kept) {}

  /// Opens a copy of the store with this damage done to it, and reads all.
  template <class Damage>
  std::string operator()(const std::string& file, Damage damage) {
    SimStore store;
    store.use(stored_.disk->clone());
    damage(store.disk());
    const Result<void> opened = store.open();
    if (!opened) return judge_refusal(file, opened.assume_error());
    std::string wrong = judge_events(store, {});
    for (const char* const stream : {"order-1", "order-4"}) {
      if (wrong.empty()) wrong = judge_events(store, {.selector = Selector::stream(stream)});
    }
    if (wrong.empty()) wrong = judge_events(store, {.selector = Selector::type("paid")});
    return wrong;
  }

  [[nodiscard]] std::uint64_t reported() const { return reported_; }

 private:
  static bool is_derived(const std::string& file) {
    return file.ends_with(".run") || file == "LOCK" || file == "watermark";
  }

  std::string judge_refusal(const std::string& file, const Error& error) {
    ++reported_;
    if (error.code() != Errc::corrupt && error.code() != Errc::not_supported) {
      return "refused as " + std::string(errc_name(error.code())) + ": " + error.message();
    }
    const bool of_another_store = error.message().find("another store") != std::string::npos;
    if (is_derived(file) && file != "watermark") return "refused for what can be made again";
    if (error.message().find("/sim") == std::string::npos)
      return "no file is named: " + error.message();
    if (file == "watermark" && !of_another_store && error.code() != Errc::not_supported) {
      return "refused for a watermark that can be made again: " + error.message();
    }
    return {};
  }

  std::string judge_events(SimStore& store, const Query& query) {
    const std::vector<ModelEvent> expected = stored_.model.read(query).assume_value();
    Result<std::unique_ptr<store::QueryWalk>> walk = store.engine().read(query);
    if (!walk) return "a read failed: " + walk.assume_error().message();
    Cursor cursor(std::move(walk).assume_value());
    for (const ModelEvent& there : expected) {
      const Result<std::optional<EventView>> event = cursor.next();
      if (!event) {
        ++reported_;
        if (event.assume_error().code() == Errc::corrupt) return {};
        return "a read failed: " + event.assume_error().message();
      }
      if (!event.assume_value()) {
        if (there.position > kept_) return {};
        return "position " + std::to_string(there.position.value()) + " is lost";
      }
      if (ModelEvent::of(*event.assume_value()) != there) {
        return "position " + std::to_string(there.position.value()) + " is another event";
      }
    }
    const Result<std::optional<EventView>> end = cursor.next();
    if (!end || end.assume_value()) return "there are more events than were appended";
    return {};
  }

  const Stored& stored_;
  const Position kept_;
  std::uint64_t reported_ = 0;
};

constexpr std::size_t kSmallStoreFiles = 4;  // LOCK, watermark, and two segments
const std::vector<std::string> kLogFiles{"0000000000000001.segment", "0000000000000002.segment"};

/// The stores that damage is done to: a segment with records and a prepared one; and sealed segments with their runs. After an orderly
/// close and after a crash.
void for_each_store(const std::function<void(const Stored&)>& test) {
  for (const bool closed : {true, false}) {
    for (const bool sealed : {false, true}) {
      CAPTURE(closed);
      CAPTURE(sealed);
      test(sealed ? make_store(60, 2'000, closed) : make_store(12, 40, closed));
    }
  }
}

/// From one damaged byte to the next. Every byte where they differ in meaning; of large data, and of the zeros behind them, some.
std::size_t stride(const Stored& stored, const std::string& file, std::size_t offset) {
  const bool sealed = stored.disk->names().size() > kSmallStoreFiles;
  if (!file.ends_with(".segment")) return sealed ? 3 : 1;
  if (sealed) return 211;
  return offset < 12'000 ? 1 : 61;
}

}  // namespace

TEST_SUITE("crash") {
  TEST_CASE("damage: a flipped bit in any byte of any file (F12, F18)") {
    for_each_store([](const Stored& stored) {
      Judge judge(stored, stored.witnessed);
      std::uint64_t flips = 0;
      for (const std::string& file : stored.disk->names()) {
        const std::vector<std::byte> bytes = stored.disk->bytes(file);
        for (std::size_t offset = 0; offset < bytes.size();
             offset += stride(stored, file, offset)) {
          const std::byte flipped = bytes[offset] ^ std::byte(1U << (offset % 8));
          const std::string wrong = judge(
              file, [&](sim::SimDisk& disk) { disk.damage(file, offset, std::span(&flipped, 1)); });
          if (!wrong.empty()) FAIL_CHECK(file, " at ", offset, ": ", wrong);
          ++flips;
        }
      }
      CHECK(flips > 5'000);
      CHECK(judge.reported() > 100);
    });
  }

  TEST_CASE("damage: a file cut at any length, missing, or longer (F15)") {
    for_each_store([](const Stored& stored) {
      Judge judge(stored, stored.watermarked);
      for (const std::string& file : stored.disk->names()) {
        const std::uint64_t size = stored.disk->bytes(file).size();
        for (std::uint64_t length = 0; length < size; length += 7 * stride(stored, file, length)) {
          const std::string wrong =
              judge(file, [&](sim::SimDisk& disk) { disk.damage_size(file, length); });
          if (!wrong.empty()) FAIL_CHECK(file, " cut at ", length, ": ", wrong);
        }
        for (const std::byte fill : {std::byte{0}, std::byte{0xA5}}) {
          const std::vector<std::byte> more(5'000, fill);
          const std::string wrong =
              judge(file, [&](sim::SimDisk& disk) { disk.damage(file, size, more); });
          if (!wrong.empty()) FAIL_CHECK(file, " grown: ", wrong);
        }
      }
      CHECK(judge.reported() > 100);
    });
  }

  TEST_CASE(
      "damage: a file in the place of another, of another store, or as it was (F14, F16, F17)") {
    const Stored other = make_store(60, 2'000, true);
    for_each_store([&](const Stored& stored) {
      Judge judge(stored, stored.watermarked);
      const auto put = [](const std::string& file, const std::vector<std::byte>& bytes) {
        return [&file, bytes](sim::SimDisk& disk) {
          disk.damage_size(file, bytes.size());
          disk.damage(file, 0, bytes);
        };
      };
      for (const std::string& file : stored.disk->names()) {
        for (const sim::SimDisk* const from : {other.disk.get(), stored.earlier.get()}) {
          const std::vector<std::string> names = from->names();
          if (std::ranges::find(names, file) == names.end()) continue;
          CHECK(judge(file, put(file, from->bytes(file))) == "");
        }
        for (const std::string& another : stored.disk->names()) {
          if (another != file) CHECK(judge(file, put(file, stored.disk->bytes(another))) == "");
        }
      }
      // Whole sectors from elsewhere in the same file.
      for (const std::string& file : kLogFiles) {
        const std::vector<std::byte> bytes = stored.disk->bytes(file);
        for (std::size_t to = 0; to < 12'288; to += sim::kSectorBytes) {
          for (std::size_t from = 0; from < 12'288; from += sim::kSectorBytes) {
            const std::string wrong = judge(file, [&](sim::SimDisk& disk) {
              disk.damage(file, to, std::span(bytes).subspan(from, sim::kSectorBytes));
            });
            if (!wrong.empty()) FAIL_CHECK(file, " sector ", from, " at ", to, ": ", wrong);
          }
        }
      }
    });
  }
}

}  // namespace esker::crash
