// A real server whose peers are slow, rude, broken or far too many, and the well-behaved clients beside them.

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>

#include "base/byte_order.hpp"
#include "format/message.hpp"
#include "history/check.hpp"
#include "programs/hostile_peers.hpp"
#include "programs/load.hpp"
#include "programs/served.hpp"
#include "support/process_use.hpp"

namespace esker::support {
namespace {

using Ends = Behaviour::Ends;
using Bytes = std::vector<std::byte>;

constexpr int kClients = 8;
constexpr std::uint64_t kMiB = 1U << 20;
/// What the server may take on top of what it had before, whoever its peers are: the bounds it is given below, and the index in memory.
constexpr std::uint64_t kMemoryBytesMax = 96 * kMiB;
/// And for each peer: its buffers, its own part of a request, its tables.
constexpr std::uint64_t kPeerBytesMax = 160U << 10;
constexpr std::chrono::seconds kPatience{120};
/// What the store opens and closes by itself: segments that are prepared or sealed, runs.
constexpr std::uint64_t kOwnDescriptors = 8;

std::uint64_t peers_wanted() {
  const char* const text = std::getenv("ESKER_PEERS");
  return text == nullptr ? 300 : std::strtoull(text, nullptr, 10);
}

template <class Message>
void add(Bytes& bytes, std::uint64_t request, const Message& message) {
  format::append_frame(bytes, request, message);
}

Bytes hello() {
  Bytes bytes;
  add(bytes, 0, format::Hello{});
  return bytes;
}

Bytes text(std::string_view text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

/// A hello and a read of everything, with credit without end.
Bytes read_all() {
  Bytes bytes = hello();
  add(bytes, 1, format::ReadRequest{0xffff'ffff, {}});
  return bytes;
}

/// A hello and the first `bytes_of_it` bytes of a request of `request_bytes`.
Bytes part_of_request(std::size_t bytes_of_it, std::uint32_t request_bytes) {
  Bytes bytes = hello();
  Bytes request(bytes_of_it, std::byte{0});
  base::store_le(request, 0, request_bytes);
  bytes.insert(bytes.end(), request.begin(), request.end());
  return bytes;
}

/// What is no hello: the first bytes of other protocols, of other versions, lengths at the edges, noise.
Bytes noise(std::size_t number) {
  Bytes bytes;
  switch (number % 7) {
    case 0:
      return text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    case 1:
      return text(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    case 2:
      return Bytes(64, std::byte{0});
    case 3:
      return Bytes(64, std::byte{0xff});
    case 4:
      add(bytes, 0, format::Hello{99, 100, {}});
      return bytes;
    case 5:
      bytes = hello();
      bytes[number % bytes.size()] ^= std::byte{1};
      return bytes;
    default:
      std::mt19937_64 random(number);
      bytes.resize(200);
      std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
      bytes[3] = std::byte{0x7f};  // a length that no frame may have
      return bytes;
  }
}

/// The appends of peers that do not stay for the answer. They outlive the peers, and are part of the history.
class Strays {
 public:
  explicit Strays(std::string stream) : stream_(std::move(stream)) {}

  Bytes append() {
    history::Append& made = appends_.emplace_back();
    made.time.begin = time_now();
    made.streams.push_back({stream_, Expected::any(), {{EventId::random(), "Left"}}});
    const tests::OwnedCommit commit(made.streams);
    Bytes bytes = hello();
    add(bytes, 1, format::AppendRequest{commit.view()});
    return bytes;
  }

  [[nodiscard]] const std::string& stream() const { return stream_; }
  [[nodiscard]] const std::deque<history::Append>& appends() const { return appends_; }

 private:
  const std::string stream_;
  std::deque<history::Append> appends_;
};

/// A server with short timeouts, clients that behave well, and a look at what it takes of the machine.
class Siege {
 public:
  /// `peers`: how many there will be at once at most; all of them are connected before the first has been waited for too long.
  Siege(std::uint64_t peers, std::vector<std::string> more)
      : served_(directory_ / "data", options(peers, std::move(more))) {
    std::mt19937_64 random(std::random_device{}());
    for (int client = 0; client < kClients; ++client) {
      loads_.push_back(std::make_unique<Load>(served_.address(), "c" + std::to_string(client),
                                              random(), std::chrono::seconds(60)));
    }
    for (int i = 0; i < 20; ++i) wait_for_more();
    before_ = use_of(served_.process().id());
    begin_ = time_now();
  }

  [[nodiscard]] const std::string& address() const { return served_.address(); }

  /// Samples what the server takes.
  void look() {
    const ProcessUse use = use_of(served_.process().id());
    most_.memory_bytes = std::max(most_.memory_bytes, use.memory_bytes);
    most_.descriptors = std::max(most_.descriptors, use.descriptors);
  }

  /// Waits until the server has let go of all connections but those of the clients.
  void wait_for_calm() {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (use_of(served_.process().id()).descriptors > before_.descriptors + kOwnDescriptors) {
      REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline, "connections are still open");
      wait_for_more();
    }
    after_ = use_of(served_.process().id());
  }

  /// Waits until each client has had some more appends acknowledged, which is how this test knows time.
  void wait_for_more() {
    acknowledged_ += 20;
    for (const auto& load : loads_) load->wait_for_acknowledged(acknowledged_);
  }

  [[nodiscard]] ProcessUse before() const { return before_; }
  [[nodiscard]] ProcessUse most() const { return most_; }
  [[nodiscard]] ProcessUse after() const { return after_; }

  /// Ends the clients and judges all that they were told, with the appends of others.
  history::History end(std::vector<const Strays*> strays = {}) {
    history::History history;
    for (const auto& load : loads_) {
      load->finish(false);
      for (const history::Append& append : load->appends()) {
        CHECK(append.answer != history::Answer::refused);
        CHECK(append.answer != history::Answer::unknown);
        history.appends.push_back(append);
      }
    }
    for (const Strays* left : strays) {
      history.appends.insert(history.appends.end(), left->appends().begin(), left->appends().end());
    }
    REQUIRE(read_log(address(), history));
    const std::optional<std::string> wrong = history::check(history);
    CHECK_MESSAGE(!wrong, *wrong);
    CHECK(served_.stop() == Exit{0, 0});
    return history;
  }

  /// For people: how long answers took before and since, and what the server took of the machine.
  [[nodiscard]] std::string summary(const history::History& history) const {
    return "p99 of " + std::to_string(kClients) + " clients before " +
           percentile_99(history, 0, begin_) + ", among hostile peers " +
           percentile_99(history, begin_, history::Interval::kNever) + "; memory " +
           std::to_string(before_.memory_bytes / kMiB) + " MiB before, at most " +
           std::to_string(most_.memory_bytes / kMiB) + " MiB, then " +
           std::to_string(after_.memory_bytes / kMiB) + " MiB; descriptors " +
           std::to_string(before_.descriptors) + " before, at most " +
           std::to_string(most_.descriptors) + ", then " + std::to_string(after_.descriptors);
  }

 private:
  static std::vector<std::string> options(std::uint64_t peers, std::vector<std::string> more) {
    const auto timeout = [peers](std::uint64_t ms) { return std::to_string(ms + peers); };
    std::vector<std::string> all = {"--segment-bytes=8M",
                                    "--event-bytes-max=1M",
                                    "--commit-bytes-max=4M",
                                    "--frame-bytes-max=5M",
                                    "--request-bytes-max=8M",
                                    "--queue-bytes-max=16M",
                                    "--stream-heads-bytes-max=4M",
                                    "--handshake-timeout=" + timeout(500),
                                    "--frame-timeout=" + timeout(700),
                                    "--write-timeout=" + timeout(700),
                                    "--idle-timeout=" + timeout(1'500)};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  static std::string percentile_99(const history::History& history, std::int64_t begin,
                                   std::int64_t end) {
    std::vector<std::int64_t> times;
    for (const history::Append& append : history.appends) {
      if (append.answer == history::Answer::unknown) continue;
      if (append.time.begin < begin || append.time.end >= end) continue;
      times.push_back(append.time.end - append.time.begin);
    }
    if (times.empty()) return "nothing";
    const auto at = times.begin() + static_cast<std::ptrdiff_t>(times.size() * 99 / 100);
    std::ranges::nth_element(times, at);
    return std::to_string(*at / 1'000) + " us of " + std::to_string(times.size()) + " appends";
  }

  TemporaryDirectory directory_;
  Served served_;
  std::vector<std::unique_ptr<Load>> loads_;
  std::uint64_t acknowledged_ = 0;
  ProcessUse before_;
  ProcessUse most_;
  ProcessUse after_;
  std::int64_t begin_ = 0;
};

/// Peers that are slow, silent, gone or not of this protocol, `count` in all.
void add_misfits(HostilePeers& peers, std::uint64_t count, Strays& left, Strays& reset) {
  const auto always = [](Bytes bytes) { return [bytes](std::size_t) { return bytes; }; };
  const std::vector<Behaviour> kinds = {
      {"silent", always({}), Ends::server},
      {"greets slowly", always(text(std::string(2'000, '\0'))), Ends::server, true},
      {"asks slowly", always(part_of_request(2'000, 60'000)), Ends::server, true},
      {"stops in a frame", always(part_of_request(30'000, 60'000)), Ends::server},
      {"never reads", always(read_all()), Ends::never, false, false},
      {"leaves within an answer", always(read_all()), Ends::close, false, true, 10'000},
      {"resets within an answer", always(read_all()), Ends::reset, false, true, 10'000},
      {"leaves before its answer", [&](std::size_t) { return left.append(); }, Ends::close, false,
       true, format::kFrameHeaderBytes},
      {"resets before its answer", [&](std::size_t) { return reset.append(); }, Ends::reset},
      {"speaks something else", noise, Ends::server},
      {"comes and goes", always({}), Ends::close},
  };
  const std::uint64_t each = count / 2 / kinds.size() + 1;
  for (const Behaviour& kind : kinds) peers.add(kind, each);
  peers.add({"greets and is silent", always(hello())},
            count - std::min(count, each * kinds.size()));
  // Few, since long requests wait for one another.
  peers.add({"stops in a long frame", always(part_of_request(100'000, 4 * kMiB))}, 4);
}

void check_use(const Siege& siege, std::uint64_t peers) {
  CHECK(siege.most().memory_bytes <
        siege.before().memory_bytes + kMemoryBytesMax + peers * kPeerBytesMax);
  CHECK(siege.after().memory_bytes < siege.before().memory_bytes + kMemoryBytesMax);
  CHECK(siege.most().descriptors <= siege.before().descriptors + peers + kOwnDescriptors);
}

/// As long as this lives, a process gets no more descriptors than it has.
class NoMoreDescriptors {
 public:
  explicit NoMoreDescriptors(pid_t process) : process_(process) {
    REQUIRE(::prlimit(process_, RLIMIT_NOFILE, nullptr, &before_) == 0);
    // The limit is on the number itself: from the first free one on there are none.
    rlimit limit = before_;
    limit.rlim_cur = 0;
    const std::string directory = "/proc/" + std::to_string(process) + "/fd/";
    while (std::filesystem::exists(
        std::filesystem::symlink_status(directory + std::to_string(limit.rlim_cur)))) {
      ++limit.rlim_cur;
    }
    REQUIRE(::prlimit(process_, RLIMIT_NOFILE, &limit, nullptr) == 0);
  }
  ~NoMoreDescriptors() { ::prlimit(process_, RLIMIT_NOFILE, &before_, nullptr); }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;

 private:
  const pid_t process_;
  rlimit before_{};
};

TEST_SUITE("programs") {
  // F29, F30, F31.
  TEST_CASE("hostile: slow, rude and broken peers disturb no client, and leave nothing behind") {
    const std::uint64_t count = peers_wanted();
    MESSAGE("ESKER_PEERS=" << count);
    Siege siege(count, {"--connections-max", std::to_string(count + 100)});
    Strays left("left-1");
    Strays reset("reset-1");
    HostilePeers peers(siege.address());
    add_misfits(peers, count, left, reset);
    peers.run([&] { siege.look(); });
    siege.wait_for_calm();  // while those that read nothing are still there
    const history::History history = siege.end({&left, &reset});
    MESSAGE(siege.summary(history));
    check_use(siege, count);
    CHECK(siege.most().descriptors > siege.before().descriptors + count / 2);
    for (const auto& [name, outcome] : peers.outcomes()) {
      CAPTURE(name);
      CHECK(outcome.errors.contains(Errc::busy) == false);
      // Who is sent away is told why.
      if (outcome.ended_by_server != 0) CHECK_FALSE(outcome.errors.empty());
    }
    // What was sent whole before the peer left is there.
    const auto there = std::ranges::count_if(
        history.log, [&](const tests::ModelEvent& event) { return event.stream == left.stream(); });
    CHECK(static_cast<std::size_t>(there) == left.appends().size());
  }

  // F31.
  TEST_CASE("hostile: connections beyond the limit are told so, and disturb nobody") {
    const std::uint64_t count = peers_wanted();
    Siege siege(count, {"--connections-max", std::to_string(count / 4)});
    HostilePeers peers(siege.address());
    peers.add({"silent", [](std::size_t) { return Bytes(); }}, count);
    peers.run([&] { siege.look(); });
    siege.wait_for_calm();
    const history::History history = siege.end();
    MESSAGE(siege.summary(history));
    check_use(siege, count);
    CHECK(siege.most().descriptors < siege.before().descriptors + count / 2);
    CHECK(peers.outcome("silent").errors.at(Errc::busy) > 0);
    CHECK(peers.outcome("silent").ended_by_server == count);
  }

  // F31.
  TEST_CASE("hostile: subscriptions beyond the limits are told so, and disturb nobody") {
    constexpr std::uint64_t kEach = 100;
    constexpr std::uint64_t kTooMany = 10;
    const std::uint64_t connections = peers_wanted() / kEach + 3;
    Siege siege(connections, {"--connection-subscriptions-max", std::to_string(kEach),
                              "--subscriptions-max", std::to_string(peers_wanted())});
    HostilePeers peers(siege.address());
    const auto subscribe = [](std::size_t) {
      Bytes bytes = hello();
      for (std::uint64_t request = 1; request <= kEach + kTooMany; ++request) {
        const Query nothing{.selector = Selector::category("nobody")};
        add(bytes, request, format::SubscribeRequest{1U << 20, nothing});
      }
      return bytes;
    };
    peers.add({"subscriber", subscribe}, connections);
    peers.run([&] { siege.look(); });
    siege.wait_for_calm();
    const history::History history = siege.end();
    MESSAGE(siege.summary(history));
    check_use(siege, peers_wanted());
    CHECK(peers.outcome("subscriber").errors.at(Errc::busy) >= connections * kTooMany);
  }

  TEST_CASE("hostile: a log that nobody reads does not stop the server") {
    const TemporaryDirectory directory;
    Served served(directory / "data", {"--log-level=debug", "--handshake-timeout=500"});
    HostilePeers peers(served.address());
    peers.add({"noisy", noise}, 2'000);  // each with some lines; a pipe holds some hundred
    peers.run([] {});
    CHECK(cli(served.address(), {"append", "a-1", "T", "1"}).exit.code == 0);
    served.process().error_line();  // and all else that the pipe holds
    CHECK(cli(served.address(), {"read", "a-1"}).exit.code == 0);
    CHECK(served.stop() == Exit{0, 0});
    CHECK(served.process().rest_of_error().find("lines were left out here") != std::string::npos);
  }

  // F11.
  TEST_CASE("hostile: without descriptors a server goes on for those who are there") {
    const TemporaryDirectory directory;
    Served served(directory / "data", {"--segment-bytes", "64K", "--segment-bytes-first", "64K"});
    Result<Client> connected = Client::connect(served.address());
    REQUIRE(connected.has_value());
    Client& client = connected.assume_value();
    const std::string data(4'000, 'x');
    const auto append = [&] {
      history::Append one;
      one.streams.push_back({"a-1", Expected::any(), {{EventId::random(), "T", data}}});
      append_now(client, one);
      return one.answer;
    };
    const auto events_read = [&] {
      EventReader reader = client.read({});
      std::uint64_t count = 0;
      for (auto event = reader.next(); event && event.assume_value(); event = reader.next())
        ++count;
      return count;
    };
    REQUIRE(append() == history::Answer::acknowledged);
    std::uint64_t acknowledged = 1;
    {
      const NoMoreDescriptors none(served.process().id());
      HostilePeers peers(served.address());
      peers.add({"waits in vain", [](std::size_t) { return hello(); }, Ends::never, false, false},
                20);
      peers.run([] {});
      history::Answer last = append();
      for (; last == history::Answer::acknowledged; last = append()) ++acknowledged;
      CHECK(last == history::Answer::refused);  // the next segment cannot be prepared (R10)
      CHECK(acknowledged > 10);
      CHECK(events_read() == acknowledged);
    }
    CHECK(append() == history::Answer::acknowledged);
    const Finished read = cli(served.address(), {"read", "--all"});
    CHECK(read.exit.code == 0);
    CHECK(static_cast<std::uint64_t>(std::ranges::count(read.output, '\n')) == acknowledged + 1);
    CHECK(served.stop() == Exit{0, 0});
    const std::string log = served.process().rest_of_error();
    CHECK(log.find("cannot accept connections") != std::string::npos);
    CHECK(log.find("an append failed") != std::string::npos);
  }
}

}  // namespace
}  // namespace esker::support
