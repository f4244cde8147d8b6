#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/log_fixture.hpp"
#include "log/repair.hpp"
#include "log/verify.hpp"

namespace esker::log {

/// A log on a simulated disk that is closed, damaged, verified and repaired.
class DamageFixture : protected LogFixture {
 protected:
  struct Verified {
    VerifyReport report;
    std::vector<Finding> faults;
    std::vector<Finding> notes;
  };

  /// Three segments, two of them sealed, and a prepared one; commits of 8 events of 1000 bytes. How many events there are.
  std::uint64_t make_log();

  /// Verifies, which must go through.
  Verified verify();
  /// Expects exactly one fault, in this file at this offset, and returns what verification found.
  Verified one_fault(const std::string& file_name, std::uint64_t offset);

  Result<RepairReport> try_repair(RepairOptions options);
  /// Repairs, which must go through.
  RepairReport repair(RepairOptions options = {});

  /// Verification is content, and the log opens, holds so many events and takes new ones.
  void check_usable(std::uint64_t events);

  /// The offset of a record of the log that `make_log` made.
  [[nodiscard]] std::uint64_t offset_of(std::uint64_t position) const {
    return offsets_.at(position - 1);
  }
  [[nodiscard]] std::uint64_t segment_of(std::uint64_t position) const {
    return segments_.at(position - 1);
  }
  void write_bytes(const std::string& name, std::uint64_t offset, std::size_t bytes,
                   std::byte value);

  std::vector<std::string> actions_;
  std::string set_aside_path_;  // empty: nothing has been set aside

 private:
  std::vector<std::uint64_t> offsets_;
  std::vector<std::uint64_t> segments_;
  int set_asides_ = 0;
};

}  // namespace esker::log
