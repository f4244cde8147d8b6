#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report.hpp"

namespace esker::bench {

/// How large a store to grow, and where.
struct ScaleOptions {
  std::string directory = ".";
  std::uint64_t events = 10'000'000;
};

/// What was found, and the file system that it was found on.
struct ScaleReport {
  std::string file_system;
  std::vector<Row> rows;
};

/// Grows a store to `events` events, and one to a hundredth of that, and measures both: what a store costs must not grow with its age.
/// Throws when the disk has too little space, before anything is written.
ScaleReport measure_scale(const ScaleOptions& options);

}  // namespace esker::bench
