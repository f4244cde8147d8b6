#include "server/native/events_frame.hpp"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>

#include "server/served_store.hpp"
#include "store/query_walk.hpp"

namespace esker::server::test {
namespace {

/// The records of a new store's events, one after the other.
class Records {
 public:
  explicit Records(std::size_t count)
      : store_(must(Store::open(directory_.path(), ServedStore::small_store()))) {
    must(store_.append(OneStream("a", count, 40).streams()));
    cursor_ = std::make_unique<Cursor>(must(store_.read({})));
  }

  /// The next one.
  [[nodiscard]] store::RecordRun next() { return *must(cursor_->walk().next_run(1)); }

  /// The others.
  [[nodiscard]] store::RecordRun rest() { return *must(cursor_->walk().next_run(1U << 20)); }

  /// Takes the records away under the mapping.
  void cut() const { std::filesystem::resize_file(directory_ / "0000000000000001.segment", 0); }

 private:
  support::TemporaryDirectory directory_;
  Store store_;
  std::unique_ptr<Cursor> cursor_;
};

/// The frame that is in `outbox`, checked.
Received frame_in(const Outbox& outbox) {
  std::array<iovec, 1'024> pieces{};
  const std::size_t count = outbox.gather(pieces);
  std::vector<std::byte> bytes;
  for (const iovec& piece : std::span(pieces).first(count)) {
    const auto* const begin = static_cast<const std::byte*>(piece.iov_base);
    bytes.insert(bytes.end(), begin, begin + piece.iov_len);
  }
  const auto header_bytes = std::span(bytes).first<format::kFrameHeaderBytes>();
  Received frame{format::parse_frame_header(header_bytes),
                 {bytes.begin() + format::kFrameHeaderBytes, bytes.end()}};
  CHECK(format::check_frame(header_bytes, frame.header, frame.body) == format::FrameFault::none);
  return frame;
}

TEST_SUITE("server") {
  TEST_CASE("events frame: records in a row are one extent and are not copied") {
    Records records(5);
    EventsFrame frame;
    CHECK(frame.empty());
    for (int i = 0; i < 3; ++i) CHECK(frame.add(records.next()));
    CHECK(frame.add(records.rest()));
    Outbox outbox;
    REQUIRE(frame.put(outbox, 7));
    CHECK(outbox.own_bytes() == format::events_head_bytes(1));
    CHECK(outbox.bytes() == format::events_head_bytes(1) + frame.bytes());
    const Received received = frame_in(outbox);
    CHECK(received.header.request == 7);
    CHECK(events_in(received).size() == 5);
  }

  TEST_CASE("events frame: scattered records are extents of their own, up to a bound") {
    Records records(2 * format::kExtentsMax + 3);
    EventsFrame frame;
    for (std::size_t i = 0; i < format::kExtentsMax; ++i) {
      REQUIRE(frame.add(records.next()));
      static_cast<void>(records.next());
    }
    CHECK(!frame.add(records.next()));
    Outbox outbox;
    REQUIRE(frame.put(outbox, 1));
    CHECK(events_in(frame_in(outbox)).size() == format::kExtentsMax);
  }

  TEST_CASE("events frame: mapped memory that cannot be read is an error and puts nothing") {
    Records records(3);
    EventsFrame frame;
    for (int i = 0; i < 3; ++i) REQUIRE(frame.add(records.next()));
    records.cut();
    Outbox outbox;
    const Result<void> put = frame.put(outbox, 1);
    REQUIRE(!put);
    CHECK(put.assume_error().code() == Errc::io_error);
    CHECK(outbox.empty());
  }
}

}  // namespace
}  // namespace esker::server::test
