// A real server under load that is killed, ended, or out of disk space.

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>

#include "history/check.hpp"
#include "programs/load.hpp"
#include "programs/relay.hpp"
#include "programs/served.hpp"

namespace esker::support {
namespace {

// Small segments, so that sealing and preparing are among what is interrupted.
const std::vector<std::string> kSmallSegments = {"--segment-bytes", "256K", "--segment-bytes-first",
                                                 "64K"};
constexpr int kClients = 8;
constexpr std::uint64_t kCheckEvery = 25;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t chosen_seed() { return from_environment("ESKER_SEED", std::random_device()()); }

/// How a server is ended.
enum class End : std::uint8_t { kill, stop_and_kill, ask, ask_twice };

End draw_end(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0:
      return End::ask;
    case 1:
      return End::ask_twice;
    case 2:
      return End::stop_and_kill;
    default:
      return End::kill;
  }
}

void end(Process& process, End how) {
  switch (how) {
    case End::ask:
    case End::ask_twice:
      process.signal(SIGTERM);
      if (how == End::ask_twice) process.signal(SIGTERM);
      process.wait();  // twice may be a kill: both are ends that nothing may be lost by
      return;
    case End::stop_and_kill:
      process.signal(SIGSTOP);
      [[fallthrough]];
    case End::kill:
      process.signal(SIGKILL);
      REQUIRE(process.wait() == Exit{-1, SIGKILL});
  }
}

/// Many clients of one server over many ends of it, and all that they did and were told.
class Campaign {
 public:
  Campaign(std::string data, std::uint64_t seed) : data_(std::move(data)), random_(seed) {
    history_.subscribers.push_back({Filter(), {}, {}, false});
    history_.subscribers.push_back({{Selector::category("shared")}, {}, {}, false});
  }

  /// Serves, lets the clients work, half of them over a network that cuts connections, and ends the server.
  void round() {
    Served served(data_, kSmallSegments);
    append_again(served.address());
    const Relay relay(served.address(), random_());
    {
      const Follower all(relay.address(), history_.subscribers[0]);
      const Follower shared(served.address(), history_.subscribers[1]);
      Reader reader(served.address(), "shared-1", random_());
      std::vector<std::unique_ptr<Load>> loads;
      for (int client = 0; client < kClients; ++client) {
        const std::string address = client % 2 == 0 ? served.address() : relay.address();
        loads.push_back(std::make_unique<Load>(address, name_of(client), random_()));
      }
      loads[random_() % kClients]->wait_for_acknowledged(random_() % 100);
      const End how = draw_end(random_);
      end(served.process(), how);
      for (const std::unique_ptr<Load>& load : loads) {
        load->finish(true);
        for (const history::Append& append : load->appends()) take(append);
      }
      for (history::Read& read : reader.finish()) history_.reads.push_back(std::move(read));
    }
    cuts_ += relay.cuts();
    if (random_() % 3 == 0) {
      // Also while it recovers: before it has said a word.
      Process recovering(
          {ESKER_ES_SERVER, "--data", data_, "--listen", "127.0.0.1:0", "--grpc-listen", "none"});
      recovering.signal(SIGKILL);
      recovering.wait();
    }
    ++rounds_;
  }

  /// Serves once more, and compares all that is there with all that was told.
  void check() {
    Served served(data_, kSmallSegments);
    append_again(served.address());
    REQUIRE(read_log(served.address(), history_));
    for (history::Subscriber& subscriber : history_.subscribers) {
      Follower(served.address(), subscriber).wait_for(Position(history_.log.size()));
      subscriber.complete = true;
    }
    const std::optional<std::string> wrong = history::check(history_);
    REQUIRE_MESSAGE(!wrong, *wrong);
    for (history::Subscriber& subscriber : history_.subscribers) subscriber.complete = false;
    REQUIRE(served.stop() == Exit{0, 0});
  }

  [[nodiscard]] std::string summary() const {
    std::uint64_t answers[4] = {};
    for (const history::Append& append : history_.appends) {
      ++answers[static_cast<std::size_t>(append.answer)];
    }
    std::size_t given = 0;
    for (const history::Subscriber& subscriber : history_.subscribers) {
      given += subscriber.events.size();
    }
    return std::to_string(rounds_) + " rounds, " + std::to_string(cuts_) + " cut connections, " +
           std::to_string(history_.appends.size()) + " appends (" + std::to_string(answers[0]) +
           " acknowledged, " + std::to_string(answers[1]) + " conflicts, " +
           std::to_string(answers[2]) + " refused, " + std::to_string(answers[3]) +
           " without an answer), " + std::to_string(history_.log.size()) + " events, " +
           std::to_string(history_.reads.size()) + " reads, " + std::to_string(given) +
           " events given to subscribers";
  }

  /// The campaign would be blind without these.
  [[nodiscard]] bool met_all() const {
    bool conflict = false;
    bool unknown = false;
    for (const history::Append& append : history_.appends) {
      conflict = conflict || append.answer == history::Answer::conflict;
      unknown = unknown || append.answer == history::Answer::unknown;
    }
    return conflict && unknown && cuts_ > rounds_ && history_.reads.size() > rounds_ &&
           !history_.log.empty() && !history_.subscribers[1].events.empty();
  }

 private:
  std::string name_of(int client) const {
    return "r" + std::to_string(rounds_) + 'c' + std::to_string(client);
  }

  void take(const history::Append& append) {
    history_.appends.push_back(append);
    if (append.answer == history::Answer::unknown) unanswered_.push_back(append);
  }

  /// Appends what was not answered again, with the same ids: it is answered as what became of it, and then there (F27).
  void append_again(const std::string& address) {
    Result<Client> connected = Client::connect(address);
    REQUIRE(connected.has_value());
    for (history::Append& append : std::exchange(unanswered_, {})) {
      append_now(connected.assume_value(), append);
      REQUIRE(append.answer != history::Answer::refused);
      take(append);
    }
  }

  const std::string data_;
  std::mt19937_64 random_;
  std::uint64_t rounds_ = 0;
  std::uint64_t cuts_ = 0;
  history::History history_;
  std::vector<history::Append> unanswered_;
};

TEST_SUITE("programs") {
  // F5, F27, F28, F32.
  TEST_CASE("kill: after any end of the server all that its clients were told is true") {
    const std::uint64_t seed = chosen_seed();
    const std::uint64_t rounds = from_environment("ESKER_KILL_ROUNDS", 25);
    MESSAGE("ESKER_SEED=" << seed << ", ESKER_KILL_ROUNDS=" << rounds);
    const TemporaryDirectory directory;
    Campaign campaign(directory / "data", seed);
    for (std::uint64_t round = 1; round <= rounds; ++round) {
      CAPTURE(round);
      campaign.round();
      if (round % kCheckEvery == 0) campaign.check();
    }
    campaign.check();
    MESSAGE(campaign.summary());
    CHECK(campaign.met_all());
    const Finished verified = run({{ESKER_ES_TOOL, "verify", directory / "data"}, {}});
    CHECK_MESSAGE(verified.exit.code == 0, verified.error);
  }

  // F32.
  TEST_CASE("kill: ending in order answers everything that was accepted") {
    const std::uint64_t seed = chosen_seed();
    MESSAGE("ESKER_SEED=" << seed);
    std::mt19937_64 random(seed);
    const TemporaryDirectory directory;
    history::History history;
    std::vector<std::unique_ptr<Load>> loads;
    {
      Served served(directory / "data", kSmallSegments);
      for (int client = 0; client < kClients; ++client) {
        loads.push_back(
            std::make_unique<Load>(served.address(), "ended" + std::to_string(client), random()));
      }
      for (const std::unique_ptr<Load>& load : loads) load->wait_for_acknowledged(50);
      CHECK(served.stop() == Exit{0, 0});
    }
    for (const std::unique_ptr<Load>& load : loads) {
      load->finish(false);
      for (const history::Append& append : load->appends()) {
        history.appends.push_back(append);
      }
    }
    Served served(directory / "data", kSmallSegments);
    CHECK(served.first_line().find("closed in order") != std::string::npos);
    REQUIRE(read_log(served.address(), history));
    const std::optional<std::string> wrong = history::check(history);
    REQUIRE_MESSAGE(!wrong, *wrong);
    std::size_t acknowledged = 0;
    for (const history::Append& append : history.appends) {
      if (append.answer != history::Answer::acknowledged) continue;
      for (const tests::OwnedAppend& stream : append.streams) acknowledged += stream.events.size();
    }
    CHECK(history.log.size() == acknowledged);
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
