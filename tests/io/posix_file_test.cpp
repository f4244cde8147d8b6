#include "io/posix_file.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "esker/event.hpp"
#include "io/directory.hpp"
#include "io/limits.hpp"
#include "support/temporary_directory.hpp"

namespace esker::io {
namespace {

constexpr Site kSite{"test.site"};

class Fixture {
 public:
  Fixture() : directory_(std::move(open_directory(temporary_.path(), {}).value().directory)) {}

  std::unique_ptr<File> open(OpenMode mode = OpenMode::create_or_open) {
    return std::move(directory_->open("file", mode, kSite).value());
  }

 protected:
  support::TemporaryDirectory temporary_;
  std::unique_ptr<Directory> directory_;
};

std::string read_text(File& file, std::uint64_t offset, std::size_t bytes) {
  std::string text(bytes, '\0');
  REQUIRE(
      file.read_at(FileOffset(offset), std::as_writable_bytes(std::span(text)), kSite).has_value());
  return text;
}

TEST_SUITE("io") {
  TEST_CASE_FIXTURE(Fixture, "posix file: what is written is read, and holes are zero") {
    const auto file = open();
    REQUIRE(file->write_at(FileOffset(4), as_bytes("hello"), kSite).has_value());
    CHECK(read_text(*file, 0, 9) == std::string("\0\0\0\0hello", 9));
    CHECK(file->size(kSite).value() == 9);
    CHECK(file->sync_data(kSite).has_value());
    CHECK(file->sync_all(kSite).has_value());
    CHECK(file->name() == temporary_ / "file");
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: a read over the end is corrupt") {
    const auto file = open();
    REQUIRE(file->write_at(FileOffset(0), as_bytes("hello"), kSite).has_value());
    std::array<std::byte, 6> into{};
    CHECK(file->read_at(FileOffset(0), into, kSite).error().code() == Errc::corrupt);
    CHECK(file->read_at(FileOffset(100), into, kSite).error().code() == Errc::corrupt);
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: resize cuts, and grows by zeros") {
    const auto file = open();
    REQUIRE(file->write_at(FileOffset(0), as_bytes("hello"), kSite).has_value());
    REQUIRE(file->resize(2, kSite).has_value());
    REQUIRE(file->resize(4, kSite).has_value());
    CHECK(read_text(*file, 0, 4) == std::string("he\0\0", 4));
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: a mapping sees later writes and outlives file and name") {
    auto file = open();
    REQUIRE(file->resize(8192, kSite).has_value());
    const auto mapping = std::move(file->map(8192, kSite).value());
    REQUIRE(file->write_at(FileOffset(5000), as_bytes("hello"), kSite).has_value());
    file.reset();
    REQUIRE(directory_->remove("file", kSite).has_value());
    CHECK(mapping->bytes().size() == 8192);
    CHECK(as_text(mapping->bytes().subspan(5000, 5)) == "hello");
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: what of a mapping will be read may be any part of it") {
    constexpr std::uint64_t kBytes = 20'000;  // no whole pages
    const auto file = open();
    REQUIRE(file->resize(kBytes, kSite).has_value());
    REQUIRE(file->write_at(FileOffset(kBytes - 5), as_bytes("hello"), kSite).has_value());
    const auto mapping = std::move(file->map(kBytes, kSite).value());
    for (const std::uint64_t begin : {std::uint64_t{0}, std::uint64_t{4095}, kBytes - 1, kBytes}) {
      for (const std::uint64_t end : {begin, kBytes}) mapping->will_read(begin, end);
    }
    CHECK(as_text(mapping->bytes().subspan(kBytes - 5)) == "hello");
    CHECK(mapping->in_memory(0));
    CHECK(mapping->in_memory(kBytes - 1));
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: what of a file will be read may be behind its end") {
    const auto file = open();
    REQUIRE(file->write_at(FileOffset(0), as_bytes("abc"), kSite).has_value());
    for (const std::uint64_t end : {0, 2, 3, 1 << 20}) file->will_read(0, end);
    file->will_read(1 << 20, 2 << 20);
    file->will_read(7, 7);
    CHECK(file->size(kSite).value() == 3);
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: what will be synced may be any part of it, and nothing") {
    const auto file = open();
    REQUIRE(file->write_at(FileOffset(0), as_bytes("abc"), kSite).has_value());
    for (const std::uint64_t end : {0, 2, 3, 1 << 20}) file->will_sync(0, end);
    file->will_sync(1 << 20, 2 << 20);
    CHECK(file->size(kSite).value() == 3);
    CHECK(file->sync_data(kSite).has_value());
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: a mapping longer than the file is refused") {
    const auto file = open();
    CHECK(file->map(1, kSite).error().code() == Errc::corrupt);
    REQUIRE(file->resize(100, kSite).has_value());
    CHECK(file->map(101, kSite).error().code() == Errc::corrupt);
    CHECK(file->map(100, kSite).value()->bytes().size() == 100);
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: what cannot be mapped is an error, not an exception") {
    const auto file = open();
    // A sparse file larger than the address space that is allowed.
    REQUIRE(file->resize(std::uint64_t{1} << 42, kSite).has_value());
    const auto result = file->map(std::uint64_t{1} << 42, kSite);
    // Some machines can map even this: then there is nothing to see.
    if (result.has_error()) CHECK(result.error().code() == Errc::io_error);
#ifndef ESKER_SANITIZED
    const LowerLimit address_space(RLIMIT_AS, rlim_t{1} << 40);
    CHECK(file->map(std::uint64_t{1} << 42, kSite).error().code() == Errc::io_error);
#endif
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: a read-only file is not written to") {
    open();
    const auto file = open(OpenMode::read_only);
    CHECK(file->write_at(FileOffset(0), as_bytes("x"), kSite).error().code() == Errc::io_error);
    CHECK(file->resize(10, kSite).error().code() == Errc::io_error);
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: an offset past all files is an error") {
    const auto file = open();
    CHECK(file->write_at(FileOffset(UINT64_MAX), as_bytes("x"), kSite).has_error());
    std::array<std::byte, 1> into{};
    CHECK(file->read_at(FileOffset(UINT64_MAX), into, kSite).error().code() == Errc::io_error);
    CHECK(file->resize(UINT64_MAX, kSite).error().code() == Errc::io_error);
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: a write cut short by a limit ends in no_space") {
    const auto file = open();
    const IgnoreSignal ignore(SIGXFSZ);
    const LowerLimit size(RLIMIT_FSIZE, 1000);
    const std::string bytes(1500, 'x');
    CHECK(file->write_at(FileOffset(0), as_bytes(bytes), kSite).error().code() == Errc::no_space);
    CHECK(file->size(kSite).value() == 1000);
    CHECK(file->resize(2000, kSite).error().code() == Errc::no_space);
  }

  TEST_CASE_FIXTURE(Fixture, "posix file: one open holds the lock until it goes") {
    auto first = open();
    const auto second = open();
    CHECK(first->try_lock(kSite).value());
    CHECK(first->try_lock(kSite).value());
    CHECK_FALSE(second->try_lock(kSite).value());
    first.reset();
    CHECK(second->try_lock(kSite).value());
  }
}

}  // namespace
}  // namespace esker::io
