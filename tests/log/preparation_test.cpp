#include "log/preparation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

#include "sim/sim_disk.hpp"

namespace esker::log {
namespace {

class PreparationFixture {
 protected:
  PreparationFixture() {
    header_.store = Uuid::random();
    header_.id = SegmentId(3);
    header_.salt = salt_of(Uuid::random());
    header_.file_bytes = 6 << 20;
  }

  Result<bool> run(Preparation& preparation) {
    while (true) {
      ESKER_TRY(const bool done, preparation.step());
      if (done) return true;
    }
  }

  format::SegmentHeader header_;
  sim::SimDisk disk_;
  std::unique_ptr<io::Directory> directory_ = disk_.open_directory();
  const std::string name_ = format::segment_file_name(SegmentId(3));
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(
      PreparationFixture,
      "preparation: the file is durable, zero and of full length before its name is there") {
    Preparation preparation(*directory_, header_);
    bool complete = true;
    disk_.before_call([&](const sim::CallInfo& call) {
      if (call.call != sim::Call::renameat) return;
      complete = disk_.durable_bytes(name_ + ".tmp").size() == header_.file_bytes;
    });
    REQUIRE(run(preparation));
    CHECK(complete);
    CHECK(disk_.durable_names() == std::vector<std::string>{name_});
    const std::vector<std::byte> bytes = disk_.durable_bytes(name_);
    CHECK(std::all_of(bytes.begin() + format::kSegmentHeaderBytes, bytes.end(),
                      [](std::byte byte) { return byte == std::byte{0}; }));
    const auto segment = preparation.take();
    CHECK(segment->header().id == SegmentId(3));
    CHECK(segment->first() == segment->end());
  }

  TEST_CASE_FIXTURE(PreparationFixture,
                    "preparation: any call that fails is an error, and trying again mends it") {
    for (std::uint64_t nth = 1;; ++nth) {
      CAPTURE(nth);
      disk_.clear_faults();
      disk_.add_fault({.nth = nth, .error = ENOSPC});
      Preparation preparation(*directory_, header_);
      const Result<bool> first = run(preparation);
      disk_.clear_faults();
      if (first) break;
      preparation.abandon();
      Preparation again(*directory_, header_);
      REQUIRE(run(again));
      REQUIRE(again.take() != nullptr);
      REQUIRE(directory_->remove(name_, io::Site{"test.remove"}));
    }
  }

  TEST_CASE("preparation: segments double until they are full-grown, and hold what they must") {
    const auto next = [](std::uint64_t previous, std::uint64_t commit, std::uint64_t records) {
      return next_segment_bytes(previous, 64 << 10, 1 << 20, commit, records).value();
    };
    CHECK(next(0, 0, 0) == 64 << 10);
    CHECK(next(64 << 10, 0, 0) == 128 << 10);
    CHECK(next(1 << 20, 0, 0) == 1 << 20);
    for (const std::uint64_t commit : {1'000'000U, 1'048'576U, 5'000'000U}) {
      const std::uint64_t bytes = next(0, commit, 1000);
      CHECK(bytes % 4096 == 0);
      CHECK(fits_sealed(bytes, format::kSegmentHeaderBytes + commit, 1000));
    }
    const auto too_large = next_segment_bytes(0, 64 << 10, 1 << 20, 17ULL << 30, 1);
    CHECK(too_large.assume_error().code() == Errc::too_large);
  }
}

}  // namespace esker::log
