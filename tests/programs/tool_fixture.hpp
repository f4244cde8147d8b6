#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "esker/store.hpp"
#include "programs/served.hpp"
#include "support/commits.hpp"

namespace esker::support {

inline constexpr std::uint64_t kEvents = 200;

inline StoreOptions small_segments() {
  StoreOptions options;
  options.segment_bytes = 64 << 10;
  options.segment_bytes_first = 64 << 10;
  return options;
}

/// A closed store of 40 commits of 5 events of 1000 bytes each, in 10 streams and several segments, with es-tool to look at it.
class ToolFixture {
 protected:
  ToolFixture() {
    Store store = open();
    for (std::uint64_t i = 0; i < kEvents / 5; ++i) {
      const tests::OwnedCommit commit(
          {{"order-" + std::to_string(i % 10), Expected::any(),
            tests::events(5, 1 + 5 * i, i % 2 == 0 ? "even" : "odd", 1000)}});
      REQUIRE(store.append(commit.view()).has_value());
    }
    REQUIRE(store.close());
  }

  Store open() {
    Result<Store> store = Store::open(data_, small_segments());
    REQUIRE_MESSAGE(store.has_value(), store.error().message());
    return std::move(store).value();
  }

  Finished tool(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), ESKER_ES_TOOL);
    return run({std::move(arguments), {}});
  }

  /// Changes one byte of a file of the store.
  void flip(const std::string& name, std::uint64_t offset) {
    std::fstream file(data_ + "/" + name, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(offset));
    const char changed = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(changed);
    REQUIRE(file.good());
  }

  const TemporaryDirectory directory_;
  const std::string data_ = directory_ / "data";
};

inline const std::string kFirstSegment = "0000000000000001.segment";
inline const std::string kFirstRun = "0000000000000001.run";

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace esker::support
