#include "log/watermark_file.hpp"

#include <doctest/doctest.h>

#include "sim/sim_disk.hpp"

namespace esker::log {
namespace {

class WatermarkFixture {
 protected:
  WatermarkFile open() { return WatermarkFile::open(*directory_).value(); }

  void write(WatermarkFile& file, std::uint64_t position) {
    format::Watermark watermark;
    watermark.store = store_;
    watermark.position = Position(position);
    REQUIRE(file.write(watermark));
    REQUIRE(file.sync());
  }

  const Uuid store_ = Uuid::random();
  sim::SimDisk disk_;
  std::unique_ptr<io::Directory> directory_ = disk_.open_directory();
};

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(WatermarkFixture, "watermark file: the last one written counts") {
    WatermarkFile file = open();
    CHECK(file.missing());
    REQUIRE(file.create(*directory_));
    for (std::uint64_t position = 1; position < 8; ++position) {
      write(file, position);
      CHECK(open().found()->position == Position(position));
    }
  }

  TEST_CASE_FIXTURE(WatermarkFixture, "watermark file: a torn slot leaves the one before it") {
    WatermarkFile file = open();
    REQUIRE(file.create(*directory_));
    write(file, 5);
    write(file, 6);
    const std::byte damage{0xFF};
    disk_.damage(format::kWatermarkFileName, 64,
                 std::span(&damage, 1));  // the even slot: the second
    CHECK(open().found()->position == Position(5));
    disk_.damage(format::kWatermarkFileName, 512 + 64, std::span(&damage, 1));
    CHECK_FALSE(open().found().has_value());
    CHECK_FALSE(open().missing());
  }

  TEST_CASE_FIXTURE(WatermarkFixture,
                    "watermark file: one that is cut short is as good as what is left") {
    WatermarkFile file = open();
    REQUIRE(file.create(*directory_));
    write(file, 5);
    write(file, 6);
    disk_.damage_size(format::kWatermarkFileName, 700);
    CHECK(open().found()->position == Position(6));
    disk_.damage_size(format::kWatermarkFileName, 60);
    CHECK_FALSE(open().found().has_value());
  }
}

}  // namespace esker::log
