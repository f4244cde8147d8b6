// Files of small stores damaged in every way there is (F12 to F18): all is there, or it is said what is not, and repair loses no more.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "crash/damage_judge.hpp"

namespace esker::crash {
namespace {

/// Of so many damages one is verified and repaired, too, which costs as much as opening some ten times.
constexpr std::uint64_t kRepairEvery = 5;

constexpr std::size_t kSmallStoreFiles = 4;  // LOCK, watermark, and two segments
const std::vector<std::string> kLogFiles{"0000000000000001.segment", "0000000000000002.segment"};

/// The stores that damage is done to: a segment with records and a prepared one; and sealed segments with their runs. After an orderly
/// close and after a crash.
template <class Test>
void for_each_store(Test test) {
  for (const bool closed : {true, false}) {
    for (const bool sealed : {false, true}) {
      CAPTURE(closed);
      CAPTURE(sealed);
      Result<Stored> stored = sealed ? make_store(60, 2'000, closed) : make_store(12, 40, closed);
      REQUIRE(stored);
      test(stored.assume_value());
    }
  }
}

/// Under the sanitizers the damage itself is not the subject.
#ifdef ESKER_SANITIZED
constexpr std::size_t kSample = 7;
#else
constexpr std::size_t kSample = 1;
#endif

/// From one damaged byte to the next. Every byte where they differ in meaning; of large data, and of the zeros behind them, some.
std::size_t stride(const Stored& stored, const std::string& file, std::size_t offset) {
  const bool sealed = stored.disk->names().size() > kSmallStoreFiles;
  if (file.ends_with(".run"))
    return 11 * kSample;  // tests/index/run_test.cpp flips every byte of one
  if (!file.ends_with(".segment")) return sealed ? 3 : 1;
  if (sealed) return 211 * kSample;
  return (offset < 12'000 ? 1 : 61) * kSample;
}

/// Where in a file the last commit begins: no later record witnesses it. The file's end when it lies in another one.
std::size_t begin_of_last_commit(const Stored& stored, const std::string& file) {
  const std::vector<std::byte> before = stored.before_last->bytes(file);
  const std::vector<std::byte> after = stored.disk->bytes(file);
  return static_cast<std::size_t>(std::ranges::mismatch(before, after).in2 - after.begin());
}

/// Takes back what was written there, as a device does that reports success and loses it.
auto lose(const std::string& file, std::size_t begin, std::size_t end) {
  return [&file, begin, end](sim::SimDisk& disk) {
    disk.damage(file, begin, std::vector<std::byte>(end - begin));
  };
}

}  // namespace

TEST_SUITE("crash") {
  TEST_CASE("damage: a flipped bit in any byte of any file (F12, F18)") {
    for_each_store([](const Stored& stored) {
      Judge judge(stored, stored.witnessed, kRepairEvery);
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
      CHECK(flips > 5'000 / kSample);
      CHECK(judge.reported() > 100 / kSample);
      CHECK(judge.cut() > 10 / kSample);
    });
  }

  TEST_CASE("damage: a file cut at any length, missing, or longer (F15)") {
    for_each_store([](const Stored& stored) {
      Judge judge(stored, stored.watermarked, kRepairEvery);
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
      CHECK(judge.reported() > 100 / kSample);
    });
  }

  TEST_CASE("damage: writes that were reported as durable and are not there (F13)") {
    for_each_store([](const Stored& stored) {
      Judge witnessed(stored, stored.witnessed, kRepairEvery);
      Judge watermarked(stored, stored.watermarked, kRepairEvery);
      for (const std::string& file : kLogFiles) {
        const std::size_t size = stored.disk->bytes(file).size();
        const std::size_t last = begin_of_last_commit(stored, file);
        // A sector, a page, some commits, and all from there on.
        for (const std::size_t lost :
             {sim::kSectorBytes, sim::kPageBytes, 3 * sim::kPageBytes, size}) {
          for (std::size_t begin = 0; begin < size; begin += sim::kSectorBytes) {
            const std::size_t end = std::min(begin + lost, size);
            Judge& judge = end <= last ? witnessed : watermarked;
            const std::string wrong = judge(file, lose(file, begin, end));
            if (!wrong.empty()) FAIL_CHECK(file, " without ", begin, " to ", end, ": ", wrong);
          }
        }
      }
      CHECK(witnessed.reported() + watermarked.reported() > 10);
    });
  }

  TEST_CASE(
      "damage: a file in the place of another, of another store, or as it was (F14, F16, F17)") {
    const Result<Stored> made = make_store(60, 2'000, true);
    REQUIRE(made);
    const Stored& other = made.assume_value();
    for_each_store([&](const Stored& stored) {
      Judge judge(stored, stored.watermarked, kRepairEvery);
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
