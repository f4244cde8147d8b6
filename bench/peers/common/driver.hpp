#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace esker::peers {

/// What a driver is asked to do. All drivers, in whichever language, take the same command line.
struct DriverOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string operation;
  std::uint64_t clients = 1;
  std::uint64_t batch = 1;         ///< Events of one append.
  std::uint64_t events = 0;        ///< How many `load` appends, and how many the reads find.
  double seconds = 1;              ///< How long to measure; `load` ends when it is done.
  double warm_up = 0;              ///< Seconds of the same before that.
  std::uint64_t requests_max = 0;  ///< Of one client; it ends then, whatever the time.
  std::string run;                 ///< Keeps the streams of one run apart from all others'.
};

/// One client: a connection of its own with one request in flight.
///
/// Lives on one thread. Errors are exceptions, which end the driver.
class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  /// Makes the connection and all that is made once.
  virtual boost::asio::awaitable<void> connect() = 0;

  /// Does the operation once. Returns how many events were appended or read.
  virtual boost::asio::awaitable<std::uint64_t> request() = 0;
};

using Sessions = std::vector<std::unique_ptr<Session>>;

/// Makes the session of client `number`: 0, 1, 2 …
using MakeSession = std::function<std::unique_ptr<Session>(
    const boost::asio::any_io_executor&, const DriverOptions&, std::uint64_t number)>;

/// The whole of a driver's `main`: reads the command line, runs the load, prints one line of JSON.
///
/// `operations`  what the peer can do; `--operations` prints them.
/// It connects, warms up, prints "ready" and waits for a line on standard input; then it measures, prints its line, and keeps its
/// connections until standard input ends, so that the servers' processes can be looked at before and after.
/// Returns the exit code: 0, 1 when something failed, 2 when the command line is wrong.
int run_driver(int count, char** arguments, const std::string& name,
               const std::vector<std::string>& operations, const MakeSession& make);

}  // namespace esker::peers
