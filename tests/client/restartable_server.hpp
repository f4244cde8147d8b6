#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "esker/client.hpp"
#include "esker/store.hpp"
#include "server/server.hpp"
#include "support/temporary_directory.hpp"

namespace esker::tests {

/// A real server over a real store, which can be stopped and started again on the same port.
class RestartableServer {
 public:
  RestartableServer() { start(); }

  void start() {
    StoreOptions store_options;
    store_options.durability = Durability::none();  // the disk is not what is tested
    store_options.segment_bytes_first = 64U << 10;
    Result<Store> store = Store::open(directory_.path(), store_options);
    if (!store) FAIL(store.assume_error().message());
    store_.emplace(std::move(store).assume_value());
    server::ServerOptions options;
    options.listen = {address_};
    options.threads = 1;
    Result<server::Server> server =
        server::Server::start(*store_, options, [](server::LogLevel, std::string_view) {});
    if (!server) FAIL(server.assume_error().message());
    server_.emplace(std::move(server).assume_value());
    address_ = server_->addresses().front();
  }

  void stop() {
    server_->stop();
    server_.reset();
    CHECK(store_->close().has_value());
    store_.reset();
  }

  [[nodiscard]] ClientOptions options() const {
    ClientOptions options;
    options.server = address_;
    options.backoff_min = std::chrono::milliseconds(1);
    options.backoff_max = std::chrono::milliseconds(20);
    return options;
  }

 private:
  support::TemporaryDirectory directory_;
  std::string address_ = "127.0.0.1:0";
  std::optional<Store> store_;
  std::optional<server::Server> server_;
};

}  // namespace esker::tests
