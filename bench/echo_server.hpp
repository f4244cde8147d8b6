#pragma once

#include <cstdint>
#include <memory>

#include "samples.hpp"

namespace esker::bench {

/// What a server on the same Asio, with the same threads, could do at most: it sends back what it gets.
class EchoServer {
 public:
  explicit EchoServer(unsigned threads);
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;
  ~EchoServer();

  [[nodiscard]] std::uint16_t port() const;

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

/// One side writes and the other reads, over one loopback connection, for `time`: what a catch-up could be at most.
Measured bulk_loopback(std::chrono::nanoseconds time);

}  // namespace esker::bench
