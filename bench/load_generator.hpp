#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "samples.hpp"

namespace esker::bench {

/// What one connection says. The same connection speaks to the store's server and to the echo server, so that only the servers differ.
class Dialogue {
 public:
  virtual ~Dialogue() = default;

  /// Appends the frame that opens the conversation; it is answered by one frame.
  virtual void greet(std::vector<std::byte>& out) = 0;
  /// Appends the next request, which is answered by one frame.
  virtual void request(std::vector<std::byte>& out) = 0;
  /// The length of the frame that `bytes` begin with; 0 while it is not known yet.
  [[nodiscard]] virtual std::size_t frame_bytes(std::span<const std::byte> bytes) const = 0;
  /// Throws when `answer` is not what a request should get.
  virtual void check(std::span<const std::byte> answer) const = 0;
};

struct NetworkLoad {
  std::uint16_t port = 0;  ///< On loopback.
  int connections = 1;
  int in_flight = 1;  ///< Requests of one connection that wait for their answers.
};

/// Makes the dialogue of connection `number`.
using MakeDialogue = std::function<std::unique_ptr<Dialogue>(std::uint64_t number)>;

/// Opens the connections, greets, and keeps their requests in flight, for `time`, from one thread. The latency is from handing a request to
/// the socket until its answer has been read. Throws when a connection breaks or an answer is not right.
Measured run_load(const NetworkLoad& load, const MakeDialogue& make, std::chrono::nanoseconds time);

}  // namespace esker::bench
