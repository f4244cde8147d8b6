#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/damage_fixture.hpp"
#include "log/store_copy.hpp"
#include "log/unfinished.hpp"

namespace esker::log {

inline constexpr io::Site kCopyTest{"test.copy"};

/// A log on a simulated disk, and copies of it in other directories of the disk.
class CopyFixture : protected DamageFixture {
 protected:
  /// Copies the log in `from` to `to`; derived files are those that `derived_` names.
  Result<CopyReport> try_copy(sim::SimDisk& disk, const std::string& to,
                              const CopyOptions& options = {}, const std::string& from = "/sim") {
    const std::unique_ptr<io::Directory> source = disk.open_directory(from);
    const std::unique_ptr<io::Directory> target = disk.open_directory(to);
    CopyCallbacks callbacks{
        .derived_files =
            [this](const std::vector<std::string>&, std::span<const format::SegmentKey> segments) {
              copied_.assign(segments.begin(), segments.end());
              return derived_;
            },
        .other_files = [&](CopyReport& report) -> Result<void> {
          return other_files_ ? other_files_(*source, *target, options, report) : ok();
        },
        .on_progress =
            [this](std::uint64_t done, std::uint64_t total) {
              CHECK(done <= total);
              progress_ = done;
            },
        .wait =
            [this](std::chrono::nanoseconds time) {
              ++waits_;
              clock_.advance(time);
              if (on_wait_) on_wait_();
            }};
    return copy_store(*source, *target, clock_, options, callbacks);
  }
  Result<CopyReport> try_copy(const std::string& to, const CopyOptions& options = {},
                              const std::string& from = "/sim") {
    return try_copy(disk_, to, options, from);
  }

  /// The same, which must go well.
  CopyReport copy(const std::string& to, const CopyOptions& options = {},
                  const std::string& from = "/sim") {
    Result<CopyReport> report = try_copy(disk_, to, options, from);
    REQUIRE_MESSAGE(report.has_value(), report.assume_error().message());
    return report.assume_value();
  }

  /// From now on the fixture's log is the one in this directory, which is closed.
  void look_at(const std::string& path) {
    drop();
    directory_ = disk_.open_directory(path);
  }

  /// The store in `path` is without a fault, opens, holds these events, and takes new ones.
  void check_store(const std::string& path, std::uint64_t events) {
    look_at(path);
    const Verified verified = verify();
    REQUIRE_MESSAGE(verified.faults.empty(), verified.faults[0].reason);
    open();
    CHECK(log_->report().clean);
    CHECK(check_all() == events);
    committed(3);
    CHECK(check_all() == events + 3);
    close();
  }

  [[nodiscard]] std::vector<std::vector<std::byte>> all_bytes(const sim::SimDisk& disk,
                                                              const std::string& path) const {
    std::vector<std::vector<std::byte>> all;
    for (const std::string& name : disk.names(path)) all.push_back(disk.bytes(name, path));
    return all;
  }

  std::vector<std::string> derived_;
  std::function<Result<void>(io::Directory&, io::Directory&, const CopyOptions&, CopyReport&)>
      other_files_;
  std::vector<format::SegmentKey> copied_;
  std::uint64_t progress_ = 0;
  int waits_ = 0;
  std::function<void()> on_wait_;
};

}  // namespace esker::log
