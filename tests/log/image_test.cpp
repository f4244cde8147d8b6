#include "log/image.hpp"

#include <algorithm>
#include <thread>

#include "log/compressed_fixture.hpp"

namespace esker::log {

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(CompressedFixture, "image: only what is read is decoded") {
    make_compressed();
    open();
    const auto segment = log_->segments()->all()[0];
    CHECK(segment->image()->decoded_bytes() == 0);
    CHECK(log_->decoded()->bytes() == 0);
    REQUIRE(segment->read(Position(12)).has_value());
    const std::uint64_t decoded = segment->image()->decoded_bytes();
    CHECK(decoded > 0);
    CHECK(decoded <= 4 * 4096);  // two of the offset table, two of the record
    REQUIRE(segment->read(Position(12)).has_value());
    CHECK(segment->image()->decoded_bytes() == decoded);
    CHECK(log_->decoded()->bytes() == decoded);
    drop();
  }

  TEST_CASE_FIXTURE(CompressedFixture,
                    "image: a damaged block is told of, each time, and no other") {
    const std::uint64_t events = make_compressed();
    const Stored block = block_of(1, offset_of(20));
    flip(file(1), block.begin + block.bytes / 2);
    open();
    const auto segment = log_->segments()->all()[0];
    std::uint64_t bad = 0;
    for (Position at = segment->first(); at < segment->end(); at = at.next()) {
      for (int time = 0; time < 2; ++time) {
        const auto record = segment->read(at);
        if (record) continue;
        ++bad;
        CHECK(record.assume_error().code() == Errc::corrupt);
        const std::string message = record.assume_error().message();
        CHECK(message.find(file(1) + " at offset " + std::to_string(block.begin)) !=
              std::string::npos);
      }
    }
    CHECK(bad >= 2);
    CHECK(bad <= 2 * 6);
    const FileOffset begin(offset_of(12));
    const auto ahead = segment->bytes_ahead(begin, segment->offset_of(segment->end()), 1 << 20);
    CHECK(begin.plus(ahead.size()) <= FileOffset(offset_of(20)));
    CHECK(log_->visible() == Position(events));
  }

  TEST_CASE_FIXTURE(CompressedFixture, "image: a damaged dictionary or table spoils the segment") {
    make_compressed();
    SUBCASE("dictionary") { flip(file(1), format::kCompressedHeaderBytes); }
    SUBCASE("table") { flip(file(1), block_of(1, 0).begin - 1); }
    open();
    const auto record = log_->segments()->all()[0]->read(Position(1));
    REQUIRE(record.has_error());
    CHECK(record.assume_error().code() == Errc::corrupt);
    CHECK(record.assume_error().message().find(file(1)) != std::string::npos);
    const auto set = log_->segments();
    CHECK(set->all()[1]->read(set->all()[1]->first()).has_value());
    drop();
    CHECK_FALSE(verify().faults.empty());
  }

  TEST_CASE_FIXTURE(CompressedFixture, "image: a damaged header or a short file does not open") {
    make_compressed();
    SUBCASE("header") { flip(file(1), 20); }
    SUBCASE("the segment's header") { flip(file(1), 512 + 60); }
    SUBCASE("short by a byte") { disk_.damage_size(file(1), disk_.bytes(file(1)).size() - 1); }
    SUBCASE("only the beginning") { disk_.damage_size(file(1), 600); }
    SUBCASE("of another id") {
      const std::vector<std::byte> other = disk_.bytes(file(2));
      disk_.damage_size(file(1), other.size());
      disk_.damage(file(1), 0, other);
    }
    const auto opened = try_open();
    REQUIRE(opened.has_error());
    CHECK(opened.assume_error().code() == Errc::corrupt);
    CHECK(opened.assume_error().message().find(file(1)) != std::string::npos);
    const Verified verified = verify();
    REQUIRE_FALSE(verified.faults.empty());
    CHECK(verified.faults[0].file.find(file(1)) != std::string::npos);
  }

  TEST_CASE_FIXTURE(CompressedFixture, "image: what is too much is forgotten, not under a reader") {
    const std::uint64_t events = make_compressed();
    options_.decoded_bytes_max = 16 << 10;
    open();
    const auto pinned = log_->segments()->all()[0];
    const auto record = pinned->read(Position(12));
    REQUIRE(record.has_value());
    const format::RecordView view = record.assume_value();
    CHECK(check_all() == events);
    CHECK(log_->decoded()->over());
    run_background();
    CHECK_FALSE(log_->decoded()->over());
    CHECK(log_->segments()->all()[0] != pinned);
    CHECK(log_->segments()->all()[0]->image()->decoded_bytes() == 0);
    CHECK(view.position == Position(12));
    CHECK(view.data.size() == 1000);
    CHECK(std::ranges::equal(view.data, data_of(Position(12), 1000)));
    for (Position at = pinned->first(); at < pinned->end(); at = at.next()) {
      CHECK(pinned->read(at).has_value());
    }
    CHECK_FALSE(log_->decoded()->over());  // its readers' memory does not count any more
    CHECK(check_all() == events);
    run_background();
    CHECK(check_all() == events);
  }

  TEST_CASE_FIXTURE(CompressedFixture, "image: compaction and forgetting do not lose each other") {
    const std::uint64_t events = make_compressed();
    options_.decoded_bytes_max = 1;
    open();
    const auto old = log_->segments()->all()[0];
    REQUIRE(old->read(Position(1)).has_value());
    run_background();
    REQUIRE(log_->segments()->all()[0] != old);
    const auto replacement = old->fresh();
    log_->replace(std::span(&old, 1), replacement);
    CHECK(log_->segments()->all()[0] == replacement);
    CHECK(check_all() == events);
  }

  TEST_CASE_FIXTURE(CompressedFixture, "image: many readers at once decode each block once") {
    make_compressed();
    open();
    const auto segment = log_->segments()->all()[0];
    std::atomic<int> failed{0};
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 4; ++reader) {
      readers.emplace_back([&] {
        for (Position at = segment->first(); at < segment->end(); at = at.next()) {
          if (!segment->read(at)) ++failed;
        }
      });
    }
    for (std::thread& reader : readers) reader.join();
    CHECK(failed == 0);
    CHECK(segment->image()->decoded_bytes() <= segment->header().file_bytes);
    CHECK(log_->decoded()->bytes() == segment->image()->decoded_bytes());
  }
}

}  // namespace esker::log
