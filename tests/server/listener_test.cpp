#include "server/listener.hpp"

#include <doctest/doctest.h>

#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/served_store.hpp"

namespace esker::server::test {
namespace {

/// What listening at `address` answers.
Errc error_of_listening(Store& store, const std::string& address) {
  ServerOptions options;
  options.listen = {"127.0.0.1:0", address};
  Result<Server> server = Server::start(store, options, Logger());
  REQUIRE(!server);
  CHECK(server.assume_error().message().find(address) != std::string::npos);
  return server.assume_error().code();
}

/// All file descriptors that the process may still have, until it goes.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit less = before_;
    less.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &less);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken_.push_back(fd);
  }
  ~NoMoreDescriptors() {
    for (const int fd : taken_) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  void leave_one() {
    ::close(taken_.back());
    taken_.pop_back();
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST_SUITE("server") {
  TEST_CASE("listener: an address that is none, in use or not this machine's is an error") {
    ServedStore served;
    for (const char* const address : {"", "127.0.0.1", "example.org:80", "127.0.0.1:99999", ":1"}) {
      CHECK(error_of_listening(served.store(), address) == Errc::invalid_argument);
    }
    CHECK(error_of_listening(served.store(), served.address()) == Errc::io_error);
    CHECK(error_of_listening(served.store(), "192.0.2.1:0") == Errc::io_error);
  }

  TEST_CASE("listener: several addresses are served, with the ports that were given out") {
    ServedStore served;
    ServerOptions options;
    options.listen = {"127.0.0.1:0", "localhost:0"};
    const Server server = must(Server::start(served.store(), options, Logger()));
    REQUIRE(server.addresses().size() == 2);
    CHECK(server.addresses()[0] != server.addresses()[1]);
    for (const std::string& address : server.addresses()) RawClient(address).greet();
  }

  // F11.
  TEST_CASE("listener: without descriptors it waits and accepts later") {
    ServedStore served;
    std::unique_ptr<RawClient> client;
    {
      NoMoreDescriptors none;
      none.leave_one();
      client = std::make_unique<RawClient>(served.address());
      while (served.server().stats().accept_errors < 2) std::this_thread::yield();
    }
    client->greet();
    CHECK(served.server().stats().accept_errors < 20);
  }
}

}  // namespace
}  // namespace esker::server::test
