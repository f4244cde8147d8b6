#include "io/file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <vector>

namespace esker::io {
namespace {

constexpr Site kSite{"test.site"};

/// A file whose calls answer what a test has written down, in order; with nothing left they do all that is asked.
class ScriptedFile final : public File {
 public:
  ScriptedFile() : File("/data/1.segment") {}

  std::deque<CallResult> answers;
  std::vector<std::uint64_t> offsets;  ///< Of the reads and writes so far.
  std::uint64_t calls = 0;

  void will_read(std::uint64_t, std::uint64_t) const override {}
  void will_sync(std::uint64_t, std::uint64_t) override {}

 protected:
  CallResult pread(std::span<std::byte> into, std::uint64_t offset, const Site&) override {
    return transfer(into.size(), offset);
  }
  CallResult pwrite(std::span<const std::byte> bytes, std::uint64_t offset, const Site&) override {
    return transfer(bytes.size(), offset);
  }
  CallResult fdatasync(const Site&) override { return next(0); }
  CallResult fsync(const Site&) override { return next(0); }
  CallResult fstat_size(const Site&) override { return next(4096); }
  CallResult fstat_links(const Site&) override { return next(1); }
  CallResult ficlone(const File&, const Site&) override { return next(0); }
  CallResult ftruncate(std::uint64_t, const Site&) override { return next(0); }
  CallResult flock_exclusive(const Site&) override { return next(0); }
  CallResult mmap(std::uint64_t, std::unique_ptr<Mapping>& mapping, const Site&) override {
    const CallResult result = next(0);
    if (result.error == 0) mapping = std::make_unique<NoBytes>();
    return result;
  }

 private:
  struct NoBytes final : Mapping {
    [[nodiscard]] std::span<const std::byte> bytes() const override { return {}; }
    void will_read(std::uint64_t, std::uint64_t) const override {}
    [[nodiscard]] bool in_memory(std::uint64_t) const override { return true; }
  };

  CallResult transfer(std::size_t bytes, std::uint64_t offset) {
    offsets.push_back(offset);
    return next(static_cast<std::int64_t>(bytes));
  }
  CallResult next(std::int64_t otherwise) {
    ++calls;
    if (answers.empty()) return {.value = otherwise, .error = 0};
    const CallResult result = answers.front();
    answers.pop_front();
    return result;
  }
};

CallResult failure(int error) { return {.value = 0, .error = error}; }
CallResult count(std::int64_t value) { return {.value = value, .error = 0}; }

TEST_SUITE("io") {
  TEST_CASE("file: a read goes on after interruptions and short counts") {
    ScriptedFile file;
    file.answers = {failure(EINTR), count(3), failure(EINTR), count(1)};
    std::array<std::byte, 10> into{};
    CHECK(file.read_at(FileOffset(100), into, kSite).has_value());
    CHECK(file.offsets == std::vector<std::uint64_t>{100, 100, 103, 103, 104});
  }

  TEST_CASE("file: a read that meets the end is corrupt and says how much was there") {
    ScriptedFile file;
    file.answers = {count(3), count(0)};
    std::array<std::byte, 10> into{};
    const auto result = file.read_at(FileOffset(100), into, kSite);
    REQUIRE(result.has_error());
    CHECK(result.error().code() == Errc::corrupt);
    CHECK(result.error().message() ==
          "cannot read 10 bytes at offset 100 of /data/1.segment (test.site): the file is cut "
          "short, only 3 of them are there; run es-tool verify");
  }

  TEST_CASE("file: a read or write of nothing makes no call") {
    ScriptedFile file;
    CHECK(file.read_at(FileOffset(0), {}, kSite).has_value());
    CHECK(file.write_at(FileOffset(0), {}, kSite).has_value());
    CHECK(file.calls == 0);
  }

  TEST_CASE("file: a failed read names file, offset, site and reason") {
    ScriptedFile file;
    file.answers = {failure(EIO)};
    std::array<std::byte, 10> into{};
    const auto result = file.read_at(FileOffset(100), into, kSite);
    REQUIRE(result.has_error());
    CHECK(result.error().code() == Errc::io_error);
    CHECK(result.error().message() ==
          "cannot read 10 bytes at offset 100 of /data/1.segment (test.site): Input/output error");
  }

  TEST_CASE("file: a write goes on after interruptions and short counts") {
    ScriptedFile file;
    file.answers = {count(7), failure(EINTR)};
    const std::array<std::byte, 10> bytes{};
    CHECK(file.write_at(FileOffset(8), bytes, kSite).has_value());
    CHECK(file.offsets == std::vector<std::uint64_t>{8, 15, 15});
  }

  TEST_CASE("file: an error after a short write fails the write") {
    for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
      ScriptedFile file;
      file.answers = {count(7), failure(error)};
      const std::array<std::byte, 10> bytes{};
      const auto result = file.write_at(FileOffset(8), bytes, kSite);
      REQUIRE(result.has_error());
      CHECK(result.error().code() == Errc::no_space);
    }
    ScriptedFile file;
    file.answers = {count(7), failure(EIO)};
    const std::array<std::byte, 10> bytes{};
    CHECK(file.write_at(FileOffset(8), bytes, kSite).error().code() == Errc::io_error);
  }

  TEST_CASE("file: a write of which nothing is taken fails instead of going on for ever") {
    ScriptedFile file;
    file.answers = {count(7), count(0)};
    const std::array<std::byte, 10> bytes{};
    const auto result = file.write_at(FileOffset(8), bytes, kSite);
    REQUIRE(result.has_error());
    CHECK(result.error().code() == Errc::io_error);
    CHECK(file.calls == 2);
  }

  TEST_CASE("file: a sync is tried once, whatever the error") {
    for (const int error : {EIO, EINTR, ENOSPC}) {
      ScriptedFile file;
      file.answers = {failure(error), failure(error)};
      CHECK(file.sync_data(kSite).has_error());
      CHECK(file.calls == 1);
      CHECK(file.sync_all(kSite).has_error());
      CHECK(file.calls == 2);
      CHECK(file.sync_data(kSite).has_value());
      CHECK(file.sync_all(kSite).has_value());
    }
  }

  TEST_CASE("file: a failed sync says which file and where in the program") {
    ScriptedFile file;
    file.answers = {failure(EIO)};
    CHECK(file.sync_data({"log.group_sync"}).error().message() ==
          "cannot sync /data/1.segment (log.group_sync): Input/output error");
  }

  TEST_CASE("file: blocks that cannot be shared are told from a failure") {
    ScriptedFile file;
    const ScriptedFile from;
    CHECK(file.share_blocks(from, kSite).has_value());
    for (const int error : {EOPNOTSUPP, EXDEV, EINVAL, ENOTTY, EPERM}) {
      file.answers = {failure(error)};
      CHECK(file.share_blocks(from, kSite).error().code() == Errc::not_supported);
    }
    file.answers = {failure(ENOSPC), failure(EIO)};
    CHECK(file.share_blocks(from, kSite).error().code() == Errc::no_space);
    CHECK(file.share_blocks(from, kSite).error().code() == Errc::io_error);
  }

  TEST_CASE("file: size, resize, map and lock report what the system says") {
    ScriptedFile file;
    file.answers = {failure(EIO)};
    CHECK(file.size(kSite).error().code() == Errc::io_error);
    file.answers = {failure(EIO), count(2)};
    CHECK(file.links(kSite).error().code() == Errc::io_error);
    CHECK(file.links(kSite).value() == 2);
    file.answers = {failure(ENOSPC)};
    CHECK(file.resize(8192, kSite).error().code() == Errc::no_space);
    file.answers = {failure(EINTR), count(0)};
    CHECK(file.resize(8192, kSite).has_value());
    file.answers = {failure(EIO)};
    CHECK(file.map(10, kSite).error().code() == Errc::io_error);
    file.answers = {count(4096), failure(ENOMEM)};
    CHECK(file.map(10, kSite).error().code() == Errc::io_error);
    file.answers = {failure(EINTR), failure(ENOLCK)};
    CHECK(file.try_lock(kSite).error().code() == Errc::io_error);
    file.answers = {failure(EWOULDBLOCK)};
    CHECK_FALSE(file.try_lock(kSite).value());
    CHECK(file.try_lock(kSite).value());
  }

  TEST_CASE("file: no more is mapped than there is") {
    ScriptedFile file;
    CHECK(file.map(4096, kSite).has_value());
    CHECK(file.map(4097, kSite).error().code() == Errc::corrupt);
  }
}

}  // namespace
}  // namespace esker::io
