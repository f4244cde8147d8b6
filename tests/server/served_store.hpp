#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "esker/store.hpp"
#include "server/raw_client.hpp"
#include "server/server.hpp"
#include "support/must.hpp"
#include "support/temporary_directory.hpp"

namespace esker::server::test {

using tests::must;

/// A commit of `count` events for one stream, whose bytes it owns.
class OneStream {
 public:
  OneStream(std::string stream, std::size_t count, std::size_t data_bytes = 20,
            Expected expected = Expected::any(), std::string type = "happened")
      : stream_(std::move(stream)), type_(std::move(type)), data_(data_bytes, 'x') {
    for (std::size_t i = 0; i < count; ++i) {
      events_.push_back({Uuid::random(), type_, as_bytes(data_), {}});
    }
    append_ = {stream_, expected, events_};
  }
  OneStream(const OneStream&) = delete;
  OneStream& operator=(const OneStream&) = delete;

  [[nodiscard]] format::AppendRequest request() const { return {std::span(&append_, 1)}; }
  [[nodiscard]] std::span<const StreamAppend> streams() const { return {&append_, 1}; }

 private:
  const std::string stream_;
  const std::string type_;
  const std::string data_;
  std::vector<NewEvent> events_;
  StreamAppend append_;
};

/// A new store with a server on a free port.
class ServedStore {
 public:
  explicit ServedStore(ServerOptions options = {}, StoreOptions store_options = small_store())
      : store_(std::make_unique<Store>(must(Store::open(directory_.path(), store_options)))),
        server_(std::make_unique<Server>(
            must(Server::start(*store_, on_a_free_port(options), Logger())))) {}

  [[nodiscard]] const std::string& address() const { return server_->addresses().front(); }
  [[nodiscard]] Server& server() { return *server_; }
  [[nodiscard]] Store& store() { return *store_; }

  /// A connection that has been greeted.
  [[nodiscard]] RawClient client(int receive_bytes = 0) const {
    RawClient client(address(), receive_bytes);
    client.greet();
    return client;
  }

  /// Lets `client` ping until the server has come to where `done` is true; the harness's time-out ends what never does.
  template <class Done>
  static void ping_until(RawClient& client, Done done) {
    for (std::uint64_t request = 1; !done(); ++request) {
      client.send(request, format::Ping{});
      client.receive(format::MessageKind::pong, request);
    }
  }

  /// Appends without the server.
  void append(const std::string& stream, std::size_t count, std::size_t data_bytes = 20) {
    must(store_->append(OneStream(stream, count, data_bytes).streams()));
  }

  static StoreOptions small_store() {
    StoreOptions options;
    options.durability = Durability::none();
    options.segment_bytes_first = 1U << 20;
    options.limits.commit_bytes_max = 512U << 10;
    options.limits.event_bytes_max = 256U << 10;
    return options;
  }

 private:
  static ServerOptions on_a_free_port(ServerOptions options) {
    options.listen = {"127.0.0.1:0"};
    if (options.threads == 0) options.threads = 2;
    return options;
  }

  support::TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Server> server_;
};

}  // namespace esker::server::test
