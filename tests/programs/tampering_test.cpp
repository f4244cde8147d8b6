// A real server whose files others lay hands on.

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "programs/served.hpp"
#include "support/temporary_directory.hpp"

namespace esker::support {
namespace {

const std::vector<std::string> kSmallSegments = {"--segment-bytes", "64K", "--segment-bytes-first",
                                                 "64K"};
constexpr std::uint64_t kEvents = 60;

/// Several segments; which one the damage is done to is the test's choice.
void fill(const std::string& address) {
  std::string lines;
  const std::string data = '"' + std::string(4'000, 'x') + '"';
  for (std::uint64_t i = 0; i < kEvents; ++i) {
    lines +=
        R"({"stream":"order-)" + std::to_string(i % 5) + R"(","type":"T","data":)" + data + "}\n";
  }
  const Finished imported = cli(address, {"import", "-"}, lines);
  REQUIRE_MESSAGE(imported.exit.code == 0, imported.error);
}

std::uint64_t lines_of(const Finished& finished) {
  return static_cast<std::uint64_t>(std::ranges::count(finished.output, '\n'));
}

/// Damages the first segment's file under a running server, which must go on, and tell of what it cannot read.
void damage_under_server(const std::function<void(const std::string& segment)>& damage,
                         bool lost_to_the_server) {
  const TemporaryDirectory directory;
  const std::string segment = directory / "data/0000000000000001.segment";
  Served served(directory / "data", kSmallSegments);
  fill(served.address());
  damage(segment);
  const Finished read = cli(served.address(), {"read", "--all"});
  if (lost_to_the_server) {
    CHECK(read.exit.code == 1);
    CHECK(is_one_line_of(read.error, "es-cli"));
    CHECK(read.error.find("0000000000000001.segment") != std::string::npos);
    CHECK(read.error.find("offset") != std::string::npos);
    CHECK(lines_of(read) < kEvents);
  } else {
    CHECK(read.exit.code == 0);  // the mapping outlives the name
    CHECK(lines_of(read) == kEvents);
  }
  CHECK(cli(served.address(), {"append", "other-1", "T", "1"}).exit.code == 0);
  CHECK(lines_of(cli(served.address(), {"read", "other-1"})) == 1);
  CHECK(served.stop().signal == 0);
}

}  // namespace

TEST_SUITE("programs") {
  // F20.
  TEST_CASE(
      "tampering: a file that is cut under a server is an error of reads, and all else goes on") {
    damage_under_server(
        [](const std::string& segment) { std::filesystem::resize_file(segment, 8192); }, true);
  }

  // F20.
  TEST_CASE("tampering: bytes that are overwritten under a server are told of") {
    damage_under_server(
        [](const std::string& segment) {
          std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
          file.seekp(20'000);
          file << "tampered with";
        },
        true);
  }

  // F20.
  TEST_CASE("tampering: a file that is removed or replaced under a server is read to the end") {
    damage_under_server([](const std::string& segment) { std::filesystem::remove(segment); },
                        false);
    damage_under_server(
        [](const std::string& segment) {
          std::ofstream(segment + ".other") << "something else";
          std::filesystem::rename(segment + ".other", segment);
        },
        false);
  }

  // F22.
  TEST_CASE(
      "tampering: a served directory is refused to every other program, and nothing changes") {
    const TemporaryDirectory directory;
    Served served(directory / "data", kSmallSegments);
    fill(served.address());
    const Finished second = run({{ESKER_ES_SERVER, "--data", directory / "data", "--listen",
                                  "127.0.0.1:0", "--grpc-listen", "none"},
                                 {}});
    CHECK(second.exit.code == 4);
    CHECK(second.error.find(std::to_string(served.process().id())) != std::string::npos);
    for (const char* const command : {"verify", "repair", "rebuild-index"}) {
      const Finished tool = run({{ESKER_ES_TOOL, command, directory / "data"}, {}});
      CAPTURE(command);
      CHECK(tool.exit.code == 4);
      CHECK(is_one_line_of(tool.error, "es-tool"));
    }
    CHECK(lines_of(cli(served.address(), {"read", "--all"})) == kEvents);
    CHECK(served.stop() == Exit{0, 0});
  }
}

}  // namespace esker::support
