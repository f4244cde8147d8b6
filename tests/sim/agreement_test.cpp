// The simulated disk against the machine's file system: the same calls, without faults, get the same answers.

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "esker/event.hpp"
#include "io/directory.hpp"
#include "sim/random.hpp"
#include "sim/sim_disk.hpp"
#include "support/temporary_directory.hpp"

namespace esker::sim {
namespace {

constexpr io::Site kSite{"test.site"};
constexpr std::uint64_t kFileBytes = 20'000;

/// Makes random calls on one directory and writes down what they answer.
class Script {
 public:
  Script(io::Directory& directory, std::uint64_t seed) : directory_(directory), random_(seed) {}

  /// One call and its answer, as text.
  std::string step() {
    switch (random_.below(14)) {
      case 0:
      case 1:
        return open();
      case 2:
        return rename();
      case 3:
        return answer("remove", directory_.remove(name(), kSite));
      case 4:
        return list();
      case 5:
        return answer("sync", directory_.sync(kSite));
      case 6:
        return link();
      default:
        return handles_.empty() ? open() : use(random_.below(handles_.size()));
    }
  }

 private:
  struct Handle {
    std::unique_ptr<io::File> file;
    std::unique_ptr<io::Mapping> mapping;
  };

  template <class T>
  static std::string answer(std::string what, const Result<T>& result) {
    what += ' ';
    // The text after the path, so that the system's reason is compared too.
    if (result.has_error()) {
      const std::string& message = result.error().message();
      return what + std::string(errc_name(result.error().code())) +
             message.substr(message.find(" (test.site)"));
    }
    return what + "ok";
  }

  std::string name() { return "file" + std::to_string(random_.below(5)); }

  std::string open() {
    const auto mode = static_cast<io::OpenMode>(random_.below(4));
    const std::string what = "open " + name() + " " + std::to_string(static_cast<int>(mode));
    auto file = directory_.open(what.substr(5, 5), mode, kSite);
    std::string text = answer(what, file);
    if (file.has_value()) handles_.push_back({std::move(file.value()), nullptr});
    if (handles_.size() > 6) handles_.erase(handles_.begin());
    return text;
  }

  std::string rename() {
    const std::string from = name();
    const std::string to = name();
    return answer("rename " + from + " " + to, directory_.rename(from, to, kSite));
  }

  std::string link() {
    const std::string from = name();
    const std::string to = name();
    return answer("link " + from + " " + to, directory_.link(directory_, from, to, kSite));
  }

  std::string list() {
    std::string text = "list";
    const auto names = directory_.list(kSite);
    for (const std::string& name : names.value()) text += " " + name;
    return text;
  }

  std::string use(std::size_t index) {
    Handle& handle = handles_[index];
    io::File& file = *handle.file;
    const std::uint64_t offset = random_.below(kFileBytes);
    switch (random_.below(8)) {
      case 0:
        return answer("fdatasync", file.sync_data(kSite));
      case 1:
        return answer("fsync", file.sync_all(kSite));
      case 2:
        return "size " + std::to_string(file.size(kSite).value()) + ", names " +
               std::to_string(file.links(kSite).value());
      case 3:
        return resize(file, offset);
      case 4: {
        const auto locked = file.try_lock(kSite);
        return "lock " + std::to_string(locked.value() ? 1 : 0);
      }
      case 5:
        return map(handle, offset + 1);
      case 6:
        return read(file, offset);
      default:
        return write(file, offset);
    }
  }

  std::string resize(io::File& file, std::uint64_t bytes) {
    // A mapping of what is cut off would fault on the real disk.
    for (Handle& handle : handles_) handle.mapping.reset();
    return answer("resize " + std::to_string(bytes), file.resize(bytes, kSite));
  }

  std::string write(io::File& file, std::uint64_t offset) {
    const std::string bytes(1 + random_.below(3000), static_cast<char>('a' + random_.below(26)));
    const bool zeros = random_.chance(1);
    const std::string text = zeros ? std::string(bytes.size(), '\0') : bytes;
    return answer("write " + std::to_string(offset),
                  file.write_at(FileOffset(offset), as_bytes(text), kSite));
  }

  std::string read(io::File& file, std::uint64_t offset) {
    std::string into(1 + random_.below(3000), '?');
    const auto result =
        file.read_at(FileOffset(offset), std::as_writable_bytes(std::span(into)), kSite);
    return answer("read " + std::to_string(offset), result) + " " + into;
  }

  std::string map(Handle& handle, std::uint64_t bytes) {
    if (handle.mapping == nullptr) {
      auto mapping = handle.file->map(bytes, kSite);
      std::string text = answer("map " + std::to_string(bytes), mapping);
      if (mapping.has_value()) handle.mapping = std::move(mapping.value());
      return text;
    }
    return "mapped " + std::string(as_text(handle.mapping->bytes()));
  }

  io::Directory& directory_;
  Random random_;
  std::vector<Handle> handles_;
};

TEST_SUITE("sim") {
  TEST_CASE(
      "agreement: random calls get the same answers from the machine and the simulated disk") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      CAPTURE(seed);
      const support::TemporaryDirectory temporary;
      const auto opened = io::open_directory(temporary.path(), {});
      REQUIRE(opened.has_value());
      SimDisk disk;
      const auto simulated = disk.open_directory();
      Script real(*opened.value().directory, seed);
      Script sim(*simulated, seed);
      for (int step = 0; step < 300; ++step) {
        CAPTURE(step);
        const std::string expected = real.step();
        const std::string seen = sim.step();
        REQUIRE(seen == expected);
      }
    }
  }

  TEST_CASE("agreement: after a synced script nothing depends on what a crash keeps") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      CAPTURE(seed);
      SimDisk disk;
      auto directory = disk.open_directory();
      {
        Script script(*directory, seed);
        for (int step = 0; step < 100; ++step) static_cast<void>(script.step());
      }
      for (const std::string& name : disk.names()) {
        REQUIRE(directory->open(name, io::OpenMode::read_write, kSite)
                    .value()
                    ->sync_data(kSite)
                    .has_value());
      }
      REQUIRE(directory->sync(kSite).has_value());
      CHECK(disk.pending_operations() == 0);
      const auto crashed = disk.clone();
      crashed->crash_power(CrashPolicy::none());
      CHECK(crashed->names() == disk.names());
      for (const std::string& name : disk.names()) {
        const bool same = crashed->bytes(name) == disk.bytes(name);
        CHECK(same);
      }
    }
  }
}

}  // namespace
}  // namespace esker::sim
