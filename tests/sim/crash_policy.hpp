#pragma once

#include <cstdint>

namespace esker::sim {

/// What a loss of power leaves of what was written and not synced.
struct CrashPolicy {
  enum class Data : std::uint8_t {
    none,
    all,
    random,  ///< Each unit on its own: with a chance of `keep_of_8` in 8 one of the versions written to it, mostly the newest.
    prefix,  ///< The first `index` operations on the disk, names included.
    suffix,  ///< All operations on the disk but the first `index`, names included.
    drop_one,  ///< All units but number `index`.
    keep_one,  ///< Only unit number `index`.
    torn,  ///< As `random`; besides, within a sector what was written may be there in part, or be garbage.
  };
  /// What is left of the names made, changed and removed in a directory; `prefix` and `suffix` of `Data` decide for themselves.
  enum class Names : std::uint8_t {
    none,
    all,
    prefix,  ///< The first of them, a random number: as ext4 does.
    subset,  ///< Any of them, in their order: as a file system is allowed to.
  };
  enum class Unit : std::uint8_t { sector, page };

  Data data = Data::none;
  Names names = Names::none;
  Unit unit = Unit::sector;
  std::uint64_t keep_of_8 = 4;
  std::uint64_t index = 0;
  std::uint64_t seed = 0;

  /// Nothing that was not synced.
  static CrashPolicy none() { return {}; }
  /// Everything.
  static CrashPolicy all() { return {.data = Data::all, .names = Names::all}; }
  /// Anything, by `seed`, names by `Names::subset`.
  static CrashPolicy random(std::uint64_t seed, std::uint64_t keep_of_8 = 4) {
    return {.data = Data::random, .names = Names::subset, .keep_of_8 = keep_of_8, .seed = seed};
  }
  /// As `random`, on a disk that writes sectors neither whole nor right.
  static CrashPolicy torn(std::uint64_t seed) {
    return {.data = Data::torn, .names = Names::subset, .seed = seed};
  }
  /// What happened up to a point in time. See `SimDisk::pending_operations` for how many there are.
  static CrashPolicy prefix(std::uint64_t operations) {
    return {.data = Data::prefix, .index = operations};
  }
};

}  // namespace esker::sim
