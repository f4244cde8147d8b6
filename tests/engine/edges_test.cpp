// Numbers at their edges (F24). Those of one record, frame or file are tested with their formats; limits in store/validate_test.cpp.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/check_same.hpp"
#include "esker/store.hpp"
#include "format/record.hpp"
#include "format/segment.hpp"
#include "support/sim_store.hpp"
#include "support/temporary_directory.hpp"

namespace esker::tests {
namespace {

/// Numbers around `end` and around those where a width ends.
std::vector<std::uint64_t> edges(std::uint64_t end) {
  std::vector<std::uint64_t> numbers{0, 1, 2, end - 1, end, end + 1, end + 2};
  for (const unsigned bits : {16U, 31U, 32U, 63U}) {
    const std::uint64_t power = 1ULL << bits;
    numbers.insert(numbers.end(), {power - 1, power, power + 1});
  }
  numbers.insert(numbers.end(), {UINT64_MAX - 1, UINT64_MAX});
  return numbers;
}

/// A first segment of more than 4 GiB, most of it a hole in the file: events of 64 MiB of zeros, and a little room behind.
class HugeSegment {
 public:
  static constexpr std::uint64_t kEvents = 65;

  explicit HugeSegment(const std::string& store) : path_(store + "/" + name()) {
    {
      std::ifstream file(path_, std::ios::binary);
      std::array<std::byte, format::kSegmentHeaderBytes> bytes;
      REQUIRE(file.read(static_cast<char*>(static_cast<void*>(bytes.data())), bytes.size()));
      header_ = format::parse_segment_header(bytes).value();
    }
    std::filesystem::remove(path_);
    write_file();
  }

 private:
  static std::string name() { return format::segment_file_name(SegmentId(1)); }

  void write_file() {
    const std::vector<std::byte> zeros(64 << 20);
    NewEvent event;
    event.type = "Huge";
    event.data = zeros;
    std::vector<std::byte> record(format::record_bytes("huge-1", event));
    header_.file_bytes =
        (format::kSegmentHeaderBytes + kEvents * record.size() + kRoom) / 4096 * 4096;
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    REQUIRE(file >= 0);
    REQUIRE(::ftruncate(file, static_cast<off_t>(header_.file_bytes)) == 0);
    const auto header = format::encode_segment_header(header_);
    REQUIRE(::pwrite(file, header.data(), header.size(), 0) == std::ssize(header));
    FileOffset offset(format::kSegmentHeaderBytes);
    for (std::uint64_t i = 1; i <= kEvents; ++i) {
      event.id = id_of(i);
      format::encode_record(record, header_.salt, offset, "huge-1", event,
                            {Position(i), Version(i), Timestamp(i), Position(i - 1), true});
      // The rest is zeros, as the hole is.
      REQUIRE(::pwrite(file, record.data(), kBeginning, static_cast<off_t>(offset.value())) ==
              kBeginning);
      offset = offset.plus(record.size());
    }
    REQUIRE(offset.value() > 1ULL << 32);
    REQUIRE(::close(file) == 0);
  }

  static constexpr std::uint64_t kRoom = 64 << 10;
  static constexpr std::ptrdiff_t kBeginning = 512;

  std::string path_;
  format::SegmentHeader header_;
};

std::uint64_t count(Store& store, const Query& query) {
  Cursor cursor = store.read(query).value();
  std::uint64_t events = 0;
  while (true) {
    const auto next = cursor.next();
    REQUIRE_MESSAGE(next.has_value(), next.assume_error().message());
    if (!next.assume_value()) return events;
    ++events;
  }
}

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE("edges: a read from any number with any limit is answered as the model does") {
    SimStore store;
    ModelStore model;
    REQUIRE(store.open());
    for (std::uint64_t i = 0; i < 12; ++i) {
      const std::vector<OwnedAppend> appends{
          {"order-" + std::to_string(i % 3), Expected::any(), events(2, 1 + 2 * i, "t")}};
      REQUIRE(store.append(appends)->has_value());
      REQUIRE(model.append(appends).has_value());
    }
    for (const Filter& filter :
         {Filter{}, Filter{Selector::stream("order-1")}, Filter{Selector::stream("none-1")},
          Filter{Selector::category("order")}, Filter{Selector::prefix("o")},
          Filter{{}, {{.types = {"t"}}}}}) {
      const std::uint64_t end = filter.selector.kind == Selector::Kind::stream ? 8 : 24;
      for (const Direction direction : {Direction::forwards, Direction::backwards}) {
        for (const std::uint64_t from : edges(end)) {
          for (const std::uint64_t limit : edges(end)) {
            const Query query{filter.selector, direction, from, limit, filter.items};
            CAPTURE(from);
            CAPTURE(limit);
            check_same(store.read(query), model.read(query));
          }
        }
      }
    }
  }

  TEST_CASE(
      "edges: a stream has the version that is expected, or a conflict names the one it has") {
    SimStore store;
    REQUIRE(store.open());
    REQUIRE(store.append({{"order-1", Expected::any(), events(3, 1)}})->has_value());
    for (const std::uint64_t version : edges(3)) {
      if (version == 3) continue;
      CAPTURE(version);
      const auto answer = store.append(
          {{"order-1", Expected::exactly(Version(version)), events(1, 100 + version % 100)}});
      REQUIRE_FALSE(answer->has_value());
      REQUIRE(answer->assume_error().code() == Errc::wrong_version);
      CHECK(answer->assume_error().conflicts().front().actual == Version(3));
    }
    CHECK(store.append({{"order-1", Expected::exactly(Version(3)), events(1, 10)}})->has_value());
  }

  TEST_CASE("edges: records beyond 4 GiB of a segment are found by the log and by the index") {
    const support::TemporaryDirectory directory;
    const std::string path = directory / "store";
    StoreOptions options;
    options.segment_bytes = options.segment_bytes_first = 64 << 10;
    REQUIRE(Store::open(path, options).value().close());
    for (const char* name : {"watermark", "0000000000000002.segment"}) {
      std::filesystem::remove(path + "/" + name);
    }
    const HugeSegment huge(path);
    std::uint64_t written = 0;
    {
      Store store = Store::open(path, options).value();
      CHECK(store.open_report().events == HugeSegment::kEvents);
      const std::string data(4'000, 'x');
      while (store.info().sealed_segments == 0) {
        const NewEvent event{id_of(1000 + written), "small", as_bytes(data), {}};
        REQUIRE(store.append("small-1", Expected::exactly(Version(written)), std::span(&event, 1)));
        ++written;
      }
      CHECK(count(store, {.selector = Selector::stream("small-1")}) == written);
      REQUIRE(store.close());
    }
    Store store = Store::open(path, options).value();
    CHECK(store.open_report().runs_rebuilt == 0);
    CHECK(count(store, {.selector = Selector::stream("small-1")}) == written);
    CHECK(count(store, {.direction = Direction::backwards,
                        .from = Query::kEnd,
                        .items = {{.types = {"small"}}}}) == written);
    CHECK(count(store, {.from = HugeSegment::kEvents}) == written + 1);
    // The ids of the first segment are still known.
    const std::string data(4'000, 'x');
    const NewEvent again{id_of(1000), "small", as_bytes(data), {}};
    const auto answer = store.append("small-1", Expected::any(), std::span(&again, 1));
    REQUIRE(answer.has_value());
    CHECK(answer.assume_value().outcome == AppendOutcome::already_there);
  }
}

}  // namespace esker::tests
