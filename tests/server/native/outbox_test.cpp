#include "server/native/outbox.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>

#include "esker/event.hpp"

namespace esker::server {
namespace {

/// Takes `bytes` of what waits as a gathered write would.
std::string take(Outbox& outbox, std::size_t bytes) {
  std::array<iovec, 3> pieces{};
  const std::size_t count = outbox.gather(pieces);
  std::string text;
  for (const iovec& piece : std::span(pieces).first(count)) {
    text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
  text.resize(std::min(bytes, text.size()));
  outbox.written(text.size());
  return text;
}

void add(Outbox& outbox, std::string_view text) {
  const std::span<std::byte> room = outbox.add(text.size());
  std::ranges::copy(as_bytes(text), room.begin());
}

TEST_SUITE("server") {
  TEST_CASE("outbox: what is added comes out in order, own and mapped bytes mixed") {
    const auto mapped = std::make_shared<std::string>("mapped bytes");
    Outbox outbox;
    add(outbox, "one ");
    add(outbox, "two ");
    outbox.add_mapped(as_bytes(*mapped), mapped);
    add(outbox, " three");
    CHECK(outbox.bytes() == 26);
    CHECK(outbox.own_bytes() == 14);
    CHECK(take(outbox, 10) == "one two ma");
    CHECK(take(outbox, 100) == "pped bytes three");
    CHECK(outbox.empty());
    CHECK(outbox.bytes() == 0);
  }

  TEST_CASE("outbox: mapped bytes in a row become one piece, with another pin they do not") {
    const auto mapped = std::make_shared<std::string>("abcdef");
    Outbox outbox;
    std::array<iovec, 8> pieces{};
    outbox.add_mapped(as_bytes(*mapped).first(2), mapped);
    outbox.add_mapped(as_bytes(*mapped).subspan(2, 2), mapped);
    CHECK(outbox.gather(pieces) == 1);
    outbox.add_mapped(as_bytes(*mapped).subspan(4), std::make_shared<int>());
    CHECK(outbox.gather(pieces) == 2);
  }

  TEST_CASE("outbox: bytes stay pinned until they are written, and no longer") {
    auto mapped = std::make_shared<std::string>("abcdef");
    const std::weak_ptr<std::string> alive = mapped;
    Outbox outbox;
    outbox.add_mapped(as_bytes(*mapped), mapped);
    mapped.reset();
    take(outbox, 5);
    CHECK(!alive.expired());
    take(outbox, 1);
    CHECK(alive.expired());
  }

  TEST_CASE("outbox: whatever is written how, the bytes come out as they went in") {
    const unsigned seed = 20'261'123;
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto mapped = std::make_shared<std::string>(100'000, 'm');
    for (char& c : *mapped) c = static_cast<char>('A' + random() % 26);
    Outbox outbox;
    std::string in;
    std::string out;
    for (int i = 0; i < 2'000; ++i) {
      const std::size_t bytes = 1 + random() % 300;
      if (random() % 2 == 0) {
        add(outbox, std::string(bytes, static_cast<char>('a' + i % 26)));
        in.append(bytes, static_cast<char>('a' + i % 26));
      } else {
        const std::string_view part =
            std::string_view(*mapped).substr(random() % (mapped->size() - bytes), bytes);
        outbox.add_mapped(as_bytes(part), mapped);
        in.append(part);
      }
      if (random() % 3 == 0) out += take(outbox, random() % 700);
      REQUIRE(outbox.bytes() == in.size() - out.size());
    }
    while (!outbox.empty()) out += take(outbox, 1'000);
    CHECK(in == out);
  }
}

}  // namespace
}  // namespace esker::server
