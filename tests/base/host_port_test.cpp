#include "base/host_port.hpp"

#include <doctest/doctest.h>

namespace esker::base {

TEST_SUITE("base") {
  TEST_CASE("host and port: names, numbers and bracketed addresses are taken apart") {
    const auto check = [](const char* text, const char* host, const char* port) {
      CAPTURE(text);
      const auto parsed = parse_host_port(text);
      REQUIRE(parsed.has_value());
      CHECK(parsed->host == host);
      CHECK(std::to_string(parsed->port) == port);
    };
    check("127.0.0.1:7411", "127.0.0.1", "7411");
    check("db.example:1", "db.example", "1");
    check("[::1]:65535", "::1", "65535");
  }

  TEST_CASE("host and port: what lacks either or has a wrong port is refused") {
    for (const char* text :
         {"", "localhost", ":7411", "localhost:", "localhost:x", "localhost:65536", "localhost:-1",
          "::1:7411", "[::1]", "[::1:7411", "localhost: 1"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_host_port(text).has_value());
    }
  }
}

}  // namespace esker::base
