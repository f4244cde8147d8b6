// A real server under load that is killed, ended, or out of disk space.

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>

#include "programs/load.hpp"
#include "programs/served.hpp"

namespace esker::support {
namespace {

// Small segments, so that sealing and preparing are among what is interrupted.
const std::vector<std::string> kSmallSegments = {"--segment-bytes", "256K", "--segment-bytes-first",
                                                 "64K"};
constexpr int kClients = 4;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t chosen_seed() { return from_environment("ESKER_SEED", std::random_device()()); }

using Loads = std::vector<std::unique_ptr<Load>>;

Loads start_loads(const std::string& address, const std::string& name, std::mt19937_64& random) {
  Loads loads;
  for (int client = 0; client < kClients; ++client) {
    loads.push_back(std::make_unique<Load>(address, name + 'c' + std::to_string(client), random()));
  }
  return loads;
}

/// Appends again what was not acknowledged: it is answered as what became of it, and then there.
void append_again(const std::string& address, const Contents& contents, const Loads& loads) {
  Result<Client> connected = Client::connect(address);
  REQUIRE(connected.has_value());
  for (const std::unique_ptr<Load>& load : loads) {
    for (const Attempt& attempt : load->attempts()) {
      if (attempt.result) continue;
      std::vector<std::vector<NewEvent>> events;
      std::vector<StreamAppend> streams;
      for (const Attempt::Part& part : attempt.parts) {
        std::vector<NewEvent>& added = events.emplace_back();
        for (const EventId& id : part.ids) added.push_back({id, "Loaded", {}, {}});
      }
      for (std::size_t part = 0; part < attempt.parts.size(); ++part) {
        streams.push_back({attempt.parts[part].stream, Expected::any(), events[part]});
      }
      const bool there = contents.find(attempt.parts.front().ids.front()) != nullptr;
      const Result<AppendResult> again = connected.assume_value().append(streams);
      REQUIRE_MESSAGE(again.has_value(), again.assume_error().message());
      REQUIRE(again.assume_value().outcome ==
              (there ? AppendOutcome::already_there : AppendOutcome::written));
    }
  }
}

TEST_SUITE("programs") {
  // F32.
  TEST_CASE("kill: what was acknowledged is there once after any kill, all else whole or absent") {
    const std::uint64_t seed = chosen_seed();
    const std::uint64_t rounds = from_environment("ESKER_KILL_ROUNDS", 8);
    MESSAGE("ESKER_SEED=" << seed << ", ESKER_KILL_ROUNDS=" << rounds);
    std::mt19937_64 random(seed);
    const TemporaryDirectory directory;
    std::vector<Loads> all;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      CAPTURE(round);
      {
        Served served(directory / "data", kSmallSegments);
        Loads loads = start_loads(served.address(), "r" + std::to_string(round), random);
        loads[random() % kClients]->wait_for_acknowledged(random() % 200);
        served.process().signal(SIGKILL);
        REQUIRE(served.process().wait() == Exit{-1, SIGKILL});
        for (const std::unique_ptr<Load>& load : loads) load->finish(true);
        all.push_back(std::move(loads));
      }
      if (random() % 3 == 0) {
        // Also while it recovers: before it has said a word.
        Process recovering(
            {ESKER_ES_SERVER, "--data", directory / "data", "--listen", "127.0.0.1:0"});
        recovering.signal(SIGKILL);
        recovering.wait();
      }
      Served served(directory / "data", kSmallSegments);
      const Contents contents = Contents::read(served.address());
      for (const Loads& loads : all) {
        const bool last = &loads == &all.back();
        for (const std::unique_ptr<Load>& load : loads) {
          if (last) check_attempts(contents, load->attempts());
          // What was appended again in an earlier round is out of the first order; what was acknowledged stays.
          for (const Attempt& attempt : load->attempts()) check_acknowledged(contents, attempt);
        }
      }
      append_again(served.address(), contents, all.back());
      Contents::read(served.address());
      REQUIRE(served.stop() == Exit{0, 0});
    }
  }

  // F32.
  TEST_CASE("kill: ending in order answers everything that was accepted") {
    const std::uint64_t seed = chosen_seed();
    MESSAGE("ESKER_SEED=" << seed);
    std::mt19937_64 random(seed);
    const TemporaryDirectory directory;
    Loads loads;
    {
      Served served(directory / "data", kSmallSegments);
      loads = start_loads(served.address(), "ended", random);
      for (const std::unique_ptr<Load>& load : loads) load->wait_for_acknowledged(50);
      CHECK(served.stop() == Exit{0, 0});
    }
    for (const std::unique_ptr<Load>& load : loads) load->finish(false);
    Served served(directory / "data", kSmallSegments);
    CHECK(served.first_line().find("closed in order") != std::string::npos);
    const Contents contents = Contents::read(served.address());
    for (const std::unique_ptr<Load>& load : loads) {
      CHECK(check_attempts(contents, load->attempts()) == 0);
    }
  }

  // F10.
  TEST_CASE(
      "kill: a full disk refuses appends, keeps reads, and takes appends when there is space") {
    // A limit on the length of files stands in for the disk: preparing a segment beyond it fails as it does for want of space.
    const TemporaryDirectory directory;
    std::uint64_t written = 0;
    {
      constexpr std::uint64_t kFileBytesMax = 100U << 10;
      Served served(directory / "data", kSmallSegments, kFileBytesMax);
      const std::string data = '"' + std::string(4'000, 'x') + '"';
      Finished last;
      do {
        last = cli(served.address(), {"append", "s-1", "T", data});
        if (last.exit.code == 0) ++written;
      } while (last.exit.code == 0 && written < 1'000);
      CHECK(last.exit.code == 4);
      CHECK(is_one_line_of(last.error, "es-cli"));
      CHECK(written > 5);
      const Finished read = cli(served.address(), {"read", "s-1"});
      CHECK(read.exit.code == 0);
      CHECK(static_cast<std::uint64_t>(std::ranges::count(read.output, '\n')) == written);
      CHECK(served.stop() == Exit{0, 0});
      CHECK(served.process().rest_of_error().find("an append failed: ") != std::string::npos);
    }
    Served served(directory / "data", kSmallSegments);
    CHECK(cli(served.address(), {"append", "s-1", "T", "1", "--expect", std::to_string(written)})
              .exit.code == 0);
  }
}

}  // namespace
}  // namespace esker::support
