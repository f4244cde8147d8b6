#include <algorithm>
#include <string>
#include <thread>

#include "append_dialogue.hpp"
#include "echo_server.hpp"
#include "esker/client.hpp"
#include "load.hpp"
#include "load_generator.hpp"
#include "server/server.hpp"
#include "subjects.hpp"

namespace esker::bench {

namespace {

constexpr std::size_t kSmallestWrite = 4 << 10;

/// A store with a server on a free port.
class Served {
 public:
  explicit Served(const std::string& directory)
      : store_(std::make_unique<Store>(must(Store::open(directory)))), server_(start(*store_)) {}

  [[nodiscard]] const std::string& address() const { return server_.addresses().front(); }
  [[nodiscard]] std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoul(address().substr(address().rfind(':') + 1)));
  }

  static server::ServerOptions options() {
    server::ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    options.threads = threads();
    return options;
  }
  /// As the server counts them by itself, so that the echo server has as many.
  static unsigned threads() { return std::clamp(std::thread::hardware_concurrency(), 1U, 4U); }

 private:
  static server::Server start(Store& store) {
    return must(server::Server::start(store, options(), [](server::LogLevel, std::string_view) {}));
  }

  std::unique_ptr<Store> store_;  // outlives the server
  server::Server server_;
};

/// Reads all that is there through a subscription of Esker's client, again and again, for `time`.
Measured catch_up(const std::string& address, const FilledStore& filled,
                  std::chrono::nanoseconds time) {
  Client client = must(Client::connect(address));
  Samples none;
  std::uint64_t events = 0;
  const auto begin = BenchClock::now();
  while (BenchClock::now() - begin < time || events == 0) {
    EventSubscription subscription =
        client.subscribe({.selector = Selector::all(), .limit = filled.events()});
    for (std::uint64_t seen = 0; seen < filled.events(); ++seen) {
      if (!must(subscription.next(std::chrono::seconds(30)))) {
        throw std::runtime_error("no event came for 30 seconds while catching up");
      }
    }
    events += filled.events();
  }
  const auto elapsed = BenchClock::now() - begin;
  const auto bytes =
      static_cast<std::uint64_t>(filled.bytes_per_event() * static_cast<double>(events));
  return summarize(events, bytes, elapsed, none);
}

/// Appends of one event by `load`, against the echo server under the same load.
std::vector<Row> append_rows(const Setup& setup, const Served& served, const EchoServer& echo,
                             NetworkLoad load) {
  const auto time = setup.effort.round_time();
  const auto run_at = [&](std::uint16_t port, const MakeDialogue& make) {
    load.port = port;
    return run_load(load, make, time);
  };
  const Pair pair = in_turn(
      setup.effort.rounds, [&] { return run_at(echo.port(), make_echoed_append); },
      [&] { return run_at(served.port(), make_append); });

  const std::string shape = std::to_string(load.connections) +
                            (load.connections == 1 ? " connection, " : " connections, ") +
                            std::to_string(load.in_flight) + " in flight";
  Row row{"tcp", "append, " + shape, pair.result, "echo", {}, {}};
  row.ratio = pair.result.per_second / pair.limit.per_second;
  if (load.connections == 64 && load.in_flight == 1) {
    row.goals.push_back({"at least 70% of the echo server's rate", *row.ratio, 0.7});
  }
  if (load.connections == 1 && load.in_flight == 1) {
    const double sync_us = setup.disk.write_and_sync(kSmallestWrite, time).p50_us;
    row.goals.push_back({"p50 at most 1.25 × (echo p50 + raw sync p50)", pair.result.p50_us,
                         1.25 * (pair.limit.p50_us + sync_us), Unit::microseconds, true});
  }
  return {{"tcp", "echo, " + shape, pair.limit, {}, {}, {}}, std::move(row)};
}

}  // namespace

std::vector<Row> measure_network(const Setup& setup, FilledStore& filled) {
  std::vector<Row> rows;
  {
    const ScratchDirectory scratch(setup.directory);
    const Served served(scratch.path());
    const EchoServer echo(Served::threads());
    for (const int connections : {1, 64}) {
      for (const int in_flight : {1, 32}) {
        for (Row& row : append_rows(setup, served, echo, {0, connections, in_flight})) {
          rows.push_back(std::move(row));
        }
      }
    }
  }
  const Served served(filled.directory());
  const auto time = setup.effort.round_time();
  const Pair pair = in_turn(
      setup.effort.rounds, [&] { return bulk_loopback(time); },
      [&] { return catch_up(served.address(), filled, time); });
  rows.push_back({"tcp", "bulk loopback", pair.limit, {}, {}, {}});
  rows.back().measured.per_second = 0;  // the size of the blocks is ours, their count says nothing
  Row row{"tcp", "catching up with a subscription", pair.result, "bulk loopback", {}, {}};
  row.ratio = pair.result.bytes_per_second / pair.limit.bytes_per_second;
  row.goals.push_back({"at least 40% of bulk loopback", *row.ratio, 0.4});
  rows.push_back(std::move(row));
  return rows;
}

}  // namespace esker::bench
