#pragma once

#include <string>
#include <vector>

#include "in_process.hpp"
#include "raw_disk.hpp"
#include "report.hpp"
#include "scratch_directory.hpp"

namespace esker::bench {

/// What the subjects share. Each makes the stores that it needs in `directory` and removes them.
struct Setup {
  std::string directory;
  Effort effort;
  RawDisk& disk;
};

/// Raw writes and syncs of several sizes, and appends in process held against them.
std::vector<Row> measure_appends(const Setup& setup);

/// Reading and opening, in process.
std::vector<Row> measure_reads(const Setup& setup, FilledStore& filled);

/// Appends and catching up over TCP, held against an echo server and bulk loopback.
std::vector<Row> measure_network(const Setup& setup, FilledStore& filled);

}  // namespace esker::bench
