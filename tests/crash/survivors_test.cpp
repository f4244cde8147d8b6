#include "crash/survivors.hpp"

#include <doctest/doctest.h>

namespace esker::crash {

TEST_SUITE("crash") {
  TEST_CASE("survivors: every choice can be told in a word and read back") {
    sim::SimDisk disk(3);
    const auto directory = disk.open_directory();
    auto file = directory->open("a", io::OpenMode::create_new, {"test.open"});
    REQUIRE(file);
    const std::vector<std::byte> bytes(3 * sim::kPageBytes, std::byte{1});
    REQUIRE(file.assume_value()->write_at(FileOffset(), bytes, {"test.write"}));
    sim::Random random(1);
    const std::vector<Survivors> all = choices(disk, 4, random);
    CHECK(all.size() == 2 + 1 + 6 + 1 + 2 + 2 * 4 + 2 * 3);
    for (const Survivors& survivors : all) {
      const std::string text = survivors.to_text();
      CAPTURE(text);
      const std::optional<Survivors> again = Survivors::parse(text);
      REQUIRE(again.has_value());
      CHECK(again->to_text() == text);
      CHECK(again->process_only == survivors.process_only);
      CHECK(again->policy.names == survivors.policy.names);
    }
  }

  TEST_CASE("survivors: what is no such word is refused") {
    for (const char* const text :
         {"", "some", "random", "random/4", "random/9/sector/1", "drop/byte/1", "drop/sector/x",
          "prefix/", "prefix/1/2", "torn/x", "keep/page/-1"}) {
      CAPTURE(text);
      CHECK_FALSE(Survivors::parse(text).has_value());
    }
  }
}

}  // namespace esker::crash
