#include "log/image_file.hpp"

#include <algorithm>

#include "log/compressed_fixture.hpp"

namespace esker::log {

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(CompressedFixture,
                    "image file: reads the file that was compressed, bit for bit") {
    make_compressed();
    for (const std::uint64_t id : {1U, 2U}) {
      const auto opened =
          open_image(*directory_, file(id), io::OpenMode::read_only, kCompressedTest);
      REQUIRE(opened.has_value());
      REQUIRE(opened.value().compressed.has_value());
      CHECK(opened.value().stored_bytes == disk_.bytes(file(id)).size());
      io::File& image = *opened.value().file;
      const std::vector<std::byte>& plain = plain_[id - 1];
      REQUIRE(image.size(kCompressedTest).value() == plain.size());
      for (const std::size_t piece : {std::size_t{100}, std::size_t{4096}, plain.size()}) {
        std::vector<std::byte> back(plain.size());
        for (std::size_t at = 0; at < back.size(); at += piece) {
          const auto part = std::span(back).subspan(at, std::min(piece, back.size() - at));
          REQUIRE(image.read_at(FileOffset(at), part, kCompressedTest));
        }
        CHECK(back == plain);
      }
      std::vector<std::byte> beyond(2);
      CHECK(image.read_at(FileOffset(plain.size() - 1), beyond, kCompressedTest).error().code() ==
            Errc::corrupt);
    }
  }

  TEST_CASE_FIXTURE(CompressedFixture, "image file: a plain segment's file is opened as it is") {
    make_log();
    const auto opened = open_image(*directory_, file(1), io::OpenMode::read_write, kCompressedTest);
    REQUIRE(opened.has_value());
    CHECK_FALSE(opened.value().compressed.has_value());
    CHECK(opened.value().file->size(kCompressedTest).value() == opened.value().stored_bytes);
  }

  TEST_CASE_FIXTURE(CompressedFixture, "image file: nothing can be written to it") {
    make_compressed();
    const auto opened = open_image(*directory_, file(1), io::OpenMode::read_write, kCompressedTest);
    REQUIRE(opened.has_value());
    io::File& image = *opened.value().file;
    const std::vector<std::byte> bytes(8);
    CHECK(image.write_at(FileOffset(), bytes, kCompressedTest).has_error());
    CHECK(image.resize(0, kCompressedTest).has_error());
    CHECK(image.sync_data(kCompressedTest).has_error());
    CHECK(image.sync_all(kCompressedTest).has_error());
    CHECK(image.map(4096, kCompressedTest).has_error());
    CHECK(image.try_lock(kCompressedTest).has_error());
    CHECK(image.share_blocks(image, kCompressedTest).has_error());
    CHECK(image.links(kCompressedTest).value() == 1);
  }

  TEST_CASE_FIXTURE(CompressedFixture,
                    "image file: damage is named, and what is before it is read") {
    make_compressed();
    flip(file(1), block_of(1, 5 * 4096).begin);
    const auto opened = open_image(*directory_, file(1), io::OpenMode::read_only, kCompressedTest);
    REQUIRE(opened.has_value());
    std::vector<std::byte> before(5 * 4096);
    CHECK(opened.value().file->read_at(FileOffset(), before, kCompressedTest));
    std::vector<std::byte> all(7 * 4096);
    const auto failed = opened.value().file->read_at(FileOffset(), all, kCompressedTest);
    REQUIRE(failed.has_error());
    CHECK(failed.error().code() == Errc::corrupt);
    CHECK(failed.error().message().find(file(1)) != std::string::npos);
    CHECK(std::ranges::equal(before, std::span(all).first(before.size())));
    std::vector<std::byte> behind(4096);
    CHECK(opened.value().file->read_at(FileOffset(6 * 4096), behind, kCompressedTest));
    CHECK(opened.value()
              .file->read_at(FileOffset(5 * 4096 + 7), behind, kCompressedTest)
              .has_error());
  }
}

}  // namespace esker::log
