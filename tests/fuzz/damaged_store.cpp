#include "fuzz/damaged_store.hpp"

#include <algorithm>
#include <string>

#include "fuzz/checksums.hpp"
#include "support/sim_store.hpp"

namespace esker::fuzz {
namespace {

constexpr std::uint64_t kCommits = 40;
constexpr std::size_t kDataBytes = 4000;

/// Near a file's parts, at a distance of at most 64 KiB from its beginning or its end.
std::uint64_t place_in(std::size_t bytes, std::uint32_t number) {
  if (bytes == 0) return 0;
  const std::uint64_t distance = (number >> 1) % bytes;
  return number % 2 == 0 ? distance : bytes - 1 - distance;
}

}  // namespace

const GoodStore& good_store() {
  static const GoodStore good = [] {
    GoodStore made;
    tests::SimStore store;
    require(store.open().has_value(), "a new store opens");
    for (std::uint64_t i = 0; i < kCommits; ++i) {
      const std::vector<tests::OwnedAppend> commit{
          {"order-" + std::to_string(i % 3), Expected::any(),
           tests::events(2, 1 + 2 * i, i % 2 == 0 ? "paid" : "sent",
                         i % 4 == 0 ? kDataBytes : 20)}};
      require(store.append(commit)->has_value(), "an append is answered");
      require(made.model.append(commit).has_value(), "the model takes it");
    }
    require(store.close().has_value(), "it closes");
    made.disk = store.disk().clone();
    return made;
  }();
  return good;
}

std::unique_ptr<sim::SimDisk> damaged_store(Input& input, std::string_view only) {
  std::unique_ptr<sim::SimDisk> disk = good_store().disk->clone();
  const std::vector<std::string> names = disk->names();
  const bool seal = input.number<std::uint8_t>() % 2 == 1;
  while (!input.empty()) {
    const auto file = input.number<std::uint8_t>();
    const std::string name = only.empty() ? names[file % names.size()] : std::string(only);
    const auto kind = input.number<std::uint8_t>();
    const auto where = input.number<std::uint32_t>();
    std::vector<std::byte> bytes = disk->bytes(name);
    if (kind == 255) {
      disk->damage_size(name, place_in(bytes.size() + 4096, where));
    } else if (kind == 254) {
      disk->damage(name, 0, disk->bytes(names[where % names.size()]));
    } else {
      const std::uint64_t at = place_in(bytes.size(), where);
      const auto given = input.take(std::min<std::size_t>(1 + kind % 64, bytes.size() - at));
      std::ranges::copy(given, bytes.begin() + static_cast<std::ptrdiff_t>(at));
      if (seal) seal_file(name, bytes);
      disk->damage(name, 0, bytes);
    }
  }
  return disk;
}

}  // namespace esker::fuzz
