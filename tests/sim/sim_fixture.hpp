#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "esker/event.hpp"
#include "sim/sim_disk.hpp"

namespace esker::sim {

inline constexpr io::Site kSite{"test.site"};

/// What the tests of the simulated disk do all the time.
class SimFixture {
 public:
  std::unique_ptr<io::File> open(std::string_view name,
                                 io::OpenMode mode = io::OpenMode::create_or_open) {
    auto file = directory_->open(name, mode, kSite);
    REQUIRE(file.has_value());
    return std::move(file.value());
  }

  /// Makes a file, and it and its name durable.
  std::unique_ptr<io::File> durable_file(std::string_view name, std::string_view text) {
    auto file = open(name, io::OpenMode::create_new);
    write(*file, 0, text);
    REQUIRE(file->sync_data(kSite).has_value());
    sync_names();
    return file;
  }

  void write(io::File& file, std::uint64_t offset, std::string_view text) {
    REQUIRE(file.write_at(FileOffset(offset), as_bytes(text), kSite).has_value());
  }
  void sync_names() { REQUIRE(directory_->sync(kSite).has_value()); }

  void crash(const CrashPolicy& policy) {
    disk_.crash_power(policy);
    directory_ = disk_.open_directory();
  }

  std::vector<std::string> names() { return directory_->list(kSite).value(); }

  /// All of a file, read through its calls.
  std::string text(std::string_view name) {
    const auto file = open(name, io::OpenMode::read_only);
    std::string all(file->size(kSite).value(), '\0');
    REQUIRE(
        file->read_at(FileOffset(0), std::as_writable_bytes(std::span(all)), kSite).has_value());
    return all;
  }

 protected:
  SimDisk disk_;
  std::unique_ptr<io::Directory> directory_ = disk_.open_directory();
};

inline std::string sectors(std::string_view letters) {
  std::string text;
  for (const char letter : letters) text.append(kSectorBytes, letter);
  return text;
}

}  // namespace esker::sim
