#include "common/driver.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cmath>
#include <exception>
#include <iostream>
#include <limits>
#include <optional>

#include "common/events.hpp"

namespace esker::peers {

namespace {

namespace asio = boost::asio;
using LoadClock = std::chrono::steady_clock;

/// What the clients of one phase did.
struct Tally {
  std::uint64_t events = 0;
  std::vector<double> latencies_us;
  LoadClock::time_point begin;
  LoadClock::time_point end;  // of the last request

  double percentile(double share) {
    if (latencies_us.empty()) return 0;
    const auto rank = static_cast<std::ptrdiff_t>(share * double(latencies_us.size() - 1));
    std::ranges::nth_element(latencies_us, latencies_us.begin() + rank);
    return latencies_us[static_cast<std::size_t>(rank)];
  }
};

asio::awaitable<void> drive(Session* session, LoadClock::time_point deadline,
                            std::uint64_t requests, Tally* tally) {
  for (std::uint64_t i = 0; i < requests; ++i) {
    const auto begin = LoadClock::now();
    if (begin >= deadline) break;
    tally->events += co_await session->request();
    tally->end = LoadClock::now();
    tally->latencies_us.push_back(
        std::chrono::duration<double, std::micro>(tally->end - begin).count());
  }
}

/// Runs one coroutine for each session until all have ended; throws what one of them throws.
template <class Start>
void run_all(asio::io_context& context, const Sessions& sessions, const Start& start) {
  std::size_t running = sessions.size();
  std::exception_ptr failure;
  for (const auto& session : sessions) {
    asio::co_spawn(context, start(*session), [&](const std::exception_ptr& error) {
      if (error && !failure) failure = error;
      // A client may keep the context at work, so it would not end by itself.
      if (--running == 0 || failure) context.stop();
    });
  }
  context.restart();
  context.run();
  if (failure) std::rethrow_exception(failure);
}

Tally run_phase(asio::io_context& context, const Sessions& sessions, const DriverOptions& options,
                double seconds) {
  Tally tally;
  const bool load = options.operation == "load";
  const auto streams = options.events / kStreamEvents;
  const auto duration = std::chrono::duration<double>(load ? 3600 : seconds);
  tally.begin = tally.end = LoadClock::now();
  const auto deadline = tally.begin + std::chrono::duration_cast<LoadClock::duration>(duration);
  std::uint64_t client = 0;
  run_all(context, sessions, [&](Session& session) {
    // When loading, each client has its share of the streams.
    const auto share = (streams + options.clients - 1 - client++) / options.clients;
    return drive(&session, deadline, load ? share : options.requests_max, &tally);
  });
  return tally;
}

void print(Tally& tally) {
  const double seconds = std::chrono::duration<double>(tally.end - tally.begin).count();
  std::cout << "{\"events\":" << tally.events << ",\"requests\":" << tally.latencies_us.size()
            << ",\"seconds\":" << seconds << ",\"p50_us\":" << tally.percentile(0.5)
            << ",\"p99_us\":" << tally.percentile(0.99) << "}" << std::endl;
}

/// Waits for a line, or for the end of standard input.
void wait_for_line() {
  std::string line;
  std::getline(std::cin, line);
}

void run(const DriverOptions& options, const MakeSession& make) {
  asio::io_context context(1);
  Sessions sessions;
  for (std::uint64_t number = 0; number < options.clients; ++number) {
    sessions.push_back(make(context.get_executor(), options, number));
  }
  // One after the other: a server may refuse a crowd that comes at once.
  for (auto& session : sessions) {
    Sessions one;
    one.push_back(std::move(session));
    run_all(context, one, [](Session& made) { return made.connect(); });
    session = std::move(one.front());
  }
  if (options.warm_up > 0 && options.operation != "load") {
    run_phase(context, sessions, options, options.warm_up);
  }
  std::cout << "ready" << std::endl;
  wait_for_line();
  Tally tally = run_phase(context, sessions, options, options.seconds);
  print(tally);
  wait_for_line();
}

}  // namespace

int run_driver(int count, char** arguments, const std::string& name,
               const std::vector<std::string>& operations, const MakeSession& make) {
  DriverOptions options;
  bool list = false;
  CLI::App app("Drives one server for bench/peers/run.", name);
  app.add_flag("--operations", list, "Print what it can do and end");
  app.add_option("--host", options.host, "Where the server is")->capture_default_str();
  app.add_option("--port", options.port, "Its port");
  app.add_option("--operation", options.operation, "What each request does")
      ->check(CLI::IsMember(operations));
  app.add_option("--clients", options.clients, "Connections, each with one request in flight")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--batch", options.batch, "Events of one append")->capture_default_str();
  app.add_option("--events", options.events, "To load, or in the loaded store");
  app.add_option("--seconds", options.seconds, "How long to measure")->capture_default_str();
  app.add_option("--warm-up", options.warm_up, "Seconds before that")->capture_default_str();
  app.add_option("--requests-max", options.requests_max, "Of one client")->default_val(10'000'000);
  app.add_option("--run", options.run, "A name for the streams of this run");
  CLI11_PARSE(app, count, arguments);
  if (list) {
    for (const std::string& operation : operations) std::cout << operation << '\n';
    return 0;
  }
  if (options.operation.empty() || options.port == 0) {
    std::cerr << name << ": --operation and --port are needed\n";
    return 2;
  }
  try {
    run(options, make);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << '\n';
    return 1;
  }
}

}  // namespace esker::peers
