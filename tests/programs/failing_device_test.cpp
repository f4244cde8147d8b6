// A real server on file systems of the kernel's own that lose writes, turn read-only, or are full.

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>

#include "programs/loop_disk.hpp"
#include "programs/served.hpp"

namespace esker::support {
namespace {

const std::vector<std::string> kLargeSegments = {"--segment-bytes", "1M", "--segment-bytes-first",
                                                 "1M"};
const std::vector<std::string> kSmallSegments = {"--segment-bytes", "64K", "--segment-bytes-first",
                                                 "64K"};
constexpr const char* kId = "0189f7ea-1234-4abc-8def-0123456789ab";

std::string json_text(std::size_t bytes) { return '"' + std::string(bytes, 'x') + '"'; }

/// All that can be read, byte by byte: too much to be printed, which is why what it equals is asked in double parentheses.
std::string all_of(const Served& served) {
  const Finished read = cli(served.address(), {"read", "--all", "--json"});
  REQUIRE_MESSAGE(read.exit.code == 0, read.error);
  return read.output;
}

void append_some(const Served& served) {
  for (const char* const stream : {"order-1", "order-2", "order-1"}) {
    const Finished done = cli(served.address(), {"append", stream, "T", json_text(500)});
    REQUIRE_MESSAGE(done.exit.code == 0, done.error);
  }
}

/// More than a page, with an id to ask again with.
Finished append_large(const Served& served) {
  return cli(served.address(), {"append", "order-3", "T", json_text(40'000), "--id", kId});
}

std::string type_of(std::uint64_t number) { return R"("type":")" + std::to_string(number) + '"'; }

/// An event whose type is a number.
Finished append_numbered(const Served& served, std::uint64_t number) {
  return cli(served.address(), {"append", "order-1", std::to_string(number), json_text(10'000)});
}

/// After a failed write nothing more is written, all that was there is read, and ending says why it is not in order.
void check_takes_no_appends(Served& served, const std::string& before, std::string_view why) {
  for (int again = 0; again < 2; ++again) {
    const Finished refused = cli(served.address(), {"append", "order-1", "T", "1"});
    CHECK(refused.exit.code == 1);
    CHECK(is_one_line_of(refused.error, "es-cli"));
    CHECK_MESSAGE(refused.error.find(why) != std::string::npos, refused.error);
    CHECK((all_of(served) == before));
  }
  CHECK(served.stop() == Exit{1, 0});
  const std::string error = served.process().rest_of_error();
  const std::size_t last = error.rfind("es-server: ");
  REQUIRE_MESSAGE(last != std::string::npos, error);
  CHECK(is_one_line_of(std::string_view(error).substr(last), "es-server"));
  CHECK_MESSAGE(error.find(why, last) != std::string::npos, error);
}

void check_sound(const std::string& data) {
  const Finished verified = run({{ESKER_ES_TOOL, "verify", data}, {}});
  REQUIRE_MESSAGE(verified.exit.code == 0, verified.error);
}

/// The unanswered append again, with its id: afterwards it is there, once.
void check_retry(const Served& served, const std::string& before) {
  const Finished retried = append_large(served);
  CHECK_MESSAGE(retried.exit.code == 0, retried.error);
  const std::string after = all_of(served);
  CHECK(after.starts_with(before));
  const std::size_t found = after.find(kId);
  REQUIRE(found != std::string::npos);
  CHECK(after.find(kId, found + 1) == std::string::npos);
}

}  // namespace

TEST_SUITE("programs") {
  // F7.
  TEST_CASE("failing device: a sync that fails is final, and what only the cache held is mended") {
    const Result<std::unique_ptr<LoopDisk>> made = LoopDisk::make();
    if (!made) {
      MESSAGE("skipped: " << made.error().message());
      return;
    }
    LoopDisk& disk = *made.assume_value();
    std::string acknowledged;
    {
      Served served(disk / "data", kLargeSegments);
      append_some(served);
      acknowledged = all_of(served);
      const Result<void> broken = disk.break_end_of(disk / "data/0000000000000001.segment");
      if (!broken) {
        MESSAGE("skipped: " << broken.error().message());
        return;
      }
      const Finished unknown = append_large(served);
      CHECK_MESSAGE(unknown.exit.code == 5, unknown.error);
      CHECK(is_one_line_of(unknown.error, "es-cli"));
      check_takes_no_appends(served, acknowledged, "0000000000000001.segment");
    }
    disk.mend();
    std::string recovered;
    {
      Served served(disk / "data", kLargeSegments);
      recovered = all_of(served);
      CHECK(recovered.starts_with(acknowledged));
      served.process().signal(SIGKILL);
      CHECK(served.process().wait() == Exit{-1, SIGKILL});
    }
    // The kernel has kept the page that it could not write, so the server found the append; only what was written again outlives the cache.
    CHECK(recovered.find(kId) != std::string::npos);
    disk.unmount();
    REQUIRE(disk.mount().has_value());
    check_sound(disk / "data");
    Served served(disk / "data", kLargeSegments);
    CHECK((all_of(served) == recovered));
    check_retry(served, recovered);
    CHECK(served.stop() == Exit{0, 0});
    check_sound(disk / "data");
  }

  // F9, F20.
  TEST_CASE("failing device: a file system that turns read-only is read on, and nothing is lost") {
    const Result<std::unique_ptr<LoopDisk>> made = LoopDisk::make();
    if (!made) {
      MESSAGE("skipped: " << made.error().message());
      return;
    }
    LoopDisk& disk = *made.assume_value();
    std::string acknowledged;
    {
      Served served(disk / "data", kLargeSegments);
      append_some(served);
      acknowledged = all_of(served);
      if (const Result<void> turned = disk.turn_read_only(); !turned) {
        MESSAGE("skipped: " << turned.error().message());
        return;
      }
      const Finished unknown = append_large(served);
      CHECK_MESSAGE(unknown.exit.code == 5, unknown.error);
      CHECK(is_one_line_of(unknown.error, "es-cli"));
      check_takes_no_appends(served, acknowledged, "Read-only file system");
    }
    const Finished refused = run({{ESKER_ES_SERVER, "--data", disk / "data", "--listen",
                                   "127.0.0.1:0", "--grpc-listen", "none"},
                                  {}});
    CHECK(refused.exit == Exit{4, 0});
    CHECK(is_one_line_of(refused.error, "es-server"));
    CHECK_MESSAGE(refused.error.find("Read-only file system") != std::string::npos, refused.error);
    disk.unmount();
    const Finished checked = run({{"/usr/sbin/e2fsck", "-p", disk.image()}, {}});
    CHECK_MESSAGE(checked.exit.code <= 1, checked.output);  // 1: mended
    REQUIRE(disk.mount().has_value());
    Served served(disk / "data", kLargeSegments);
    CHECK(all_of(served).starts_with(acknowledged));
    check_retry(served, acknowledged);
    CHECK(served.stop() == Exit{0, 0});
    check_sound(disk / "data");
  }

  // F10.
  TEST_CASE(
      "failing device: a full file system refuses appends until it is larger, and keeps reads") {
    const Result<std::unique_ptr<SmallTmpfs>> made = SmallTmpfs::make(1U << 20);
    if (!made) {
      MESSAGE("skipped: " << made.error().message());
      return;
    }
    SmallTmpfs& disk = *made.assume_value();
    std::string all;
    {
      Served served(disk / "data", kSmallSegments);
      std::uint64_t written = 0;
      Finished last = append_numbered(served, 1);
      for (; last.exit.code == 0 && written < 1'000; last = append_numbered(served, written + 1)) {
        ++written;
      }
      CHECK(last.exit.code == 4);
      CHECK(is_one_line_of(last.error, "es-cli"));
      CHECK_MESSAGE(last.error.find("No space left on device") != std::string::npos, last.error);
      CHECK(written > 5);
      all = all_of(served);
      CHECK(static_cast<std::uint64_t>(std::ranges::count(all, '\n')) == written);
      disk.resize(16U << 20);
      for (std::uint64_t number = written + 2; number < written + 20; ++number) {
        const Finished done = append_numbered(served, number);
        CHECK_MESSAGE(done.exit.code == 0, done.error);
      }
      const std::string more = all_of(served);
      CHECK(more.starts_with(all));
      all = more;
      CHECK(all.find(type_of(written)) != std::string::npos);
      CHECK(all.find(type_of(written + 1)) == std::string::npos);  // the one that was refused
      CHECK(served.stop() == Exit{0, 0});
    }
    check_sound(disk / "data");
    Served served(disk / "data", kSmallSegments);
    CHECK((all_of(served) == all));
    CHECK(append_numbered(served, 0).exit.code == 0);
  }
}

}  // namespace esker::support
