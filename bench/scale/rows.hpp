#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "esker/info.hpp"
#include "report.hpp"
#include "scale/fill.hpp"
#include "scale/probes.hpp"

namespace esker::bench {

/// What was measured of one store.
struct Aged {
  std::uint64_t events = 0;
  std::uint64_t streams = 0;
  std::string file_system;
  Fill filled;
  std::uint64_t filling_memory_bytes = 0;
  std::uint64_t reading_memory_bytes = 0;
  Opening clean;
  Opening killed;
  StoreInfo info{};
  Measured read_warm;
  Measured retried;
  Measured appended;
};

/// What was measured in all.
struct Findings {
  Aged small;  ///< A hundredth of the events.
  Aged large;
  Measured raw_sync;
  ColdReads cold;
  Measured index_made_again;
};

/// The report's rows, with the goals.
std::vector<Row> rows_of(const Findings& found);

/// "10,000,000"
std::string grouped(std::uint64_t number);

}  // namespace esker::bench
