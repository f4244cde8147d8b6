#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report.hpp"

namespace esker::bench {

/// How large a store to copy, and where.
struct BackupOptions {
  std::string directory = ".";
  std::uint64_t events = 8'000'000;
};

/// What was found, and the file system that it was found on.
struct BackupReport {
  std::string file_system;
  std::vector<Row> rows;
};

/// Verifies, backs up and branches a store whose files are not in memory, each in turn with the same files being read or copied by
/// nothing but `pread`, `pwrite` and `fsync`: what the disk does.
BackupReport measure_backup(const BackupOptions& options);

}  // namespace esker::bench
