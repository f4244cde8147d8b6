#include "common/base64.hpp"

#include <doctest/doctest.h>

#include "esker/event.hpp"

namespace esker::tools {
namespace {

std::string encoded(std::string_view bytes) {
  std::string text;
  append_base64(text, as_bytes(bytes));
  return text;
}

TEST_SUITE("programs") {
  TEST_CASE("base64: the vectors of RFC 4648 come out and go in again") {
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
      CAPTURE(bytes);
      CHECK(encoded(bytes) == text);
      CHECK(parse_base64(text) == bytes);
    }
  }

  TEST_CASE("base64: every byte survives") {
    std::string bytes;
    for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
    CHECK(parse_base64(encoded(bytes)) == bytes);
  }

  TEST_CASE("base64: what is not in the one right form is refused") {
    for (const std::string_view text : {"Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==",
                                        "Zm 9", "Zm9-", "Zm9v\n", "=m9v", "Z=9v"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_base64(text));
    }
  }
}

}  // namespace
}  // namespace esker::tools
