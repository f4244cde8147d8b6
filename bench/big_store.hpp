#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report.hpp"

namespace esker::bench {

/// How large a store to make, and where.
struct BigStore {
  std::string directory = ".";
  std::uint64_t events = 0;
};

/// What was found, and the file system that it was found on.
struct Report {
  std::string file_system;
  std::vector<Row> rows;
};

// Each takes minutes, and throws when the disk has too little space or fails.

/// Grows a store to so many events, and one to a hundredth of that, and measures both: what a store costs must not grow with its age.
Report measure_scale(const BigStore& store);

/// Verifies, backs up and branches a store whose files are not in memory, each in turn with the same files being read or copied by
/// nothing but `pread`, `pwrite` and `fsync`: what the disk does.
Report measure_backup(const BigStore& store);

/// Has a quarter of a store's events released and compacts it, at full speed and then, quarter by quarter, beside appends.
Report measure_compaction(const BigStore& store);

/// Fills a store with the events of a shop, compresses it, and measures what that gains and what reading costs before and after.
Report measure_compression(const BigStore& store);

/// Measures what a tree costs those who append, and how long proofs take.
Report measure_proofs(const BigStore& store);

}  // namespace esker::bench
