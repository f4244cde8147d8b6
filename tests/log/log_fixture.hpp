#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/compaction.hpp"
#include "log/log.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_disk.hpp"

namespace esker::log {

/// A log on a simulated disk, with segments so small that it rolls over often.
class LogFixture {
 protected:
  LogFixture();

  /// Opens the log, which must go well.
  void open();
  Result<void> try_open();
  /// Drops the log without closing it.
  void drop() {
    segment_.reset();
    log_.reset();
  }
  void close() {
    REQUIRE(log_->close());
    drop();
  }
  /// Loses power and opens the log again.
  void crash(const sim::CrashPolicy& policy);

  /// Appends a commit of `events` events of `data_bytes` bytes each as a group of its own; waits for segments as the sequencer would.
  Result<void> commit(std::size_t events, std::size_t data_bytes = 100);
  /// The same, which must go well.
  void committed(std::size_t events, std::size_t data_bytes = 100);
  /// Encodes a commit where the next one goes. Errors: as `Log::roll`; `busy` after the background has run.
  Result<Group> build(std::size_t events, std::size_t data_bytes = 100);
  /// Appends commits until there are `count` segments, all but the last sealed.
  void fill_segments(std::size_t count);

  void run_background();
  /// Carries a compaction through, which must go well; the log goes on with what it has made.
  void carry_through(Compaction& compaction);
  /// Compacts all sealed segments, one after the other: the events at [begin, end) are dropped.
  void release(Position begin, Position end);
  /// Reads every event of the log, each of which must be what was appended there. How many there are.
  std::uint64_t check_all();

  [[nodiscard]] std::string file(std::uint64_t id) const {
    return format::segment_file_name(SegmentId(id));
  }
  /// Changes one byte of a file on the disk.
  void flip(const std::string& name, std::uint64_t offset);

  sim::SimDisk disk_;
  sim::SimClock clock_;
  LogOptions options_;
  std::unique_ptr<io::Directory> directory_;
  std::unique_ptr<Log> log_;
  std::size_t sealed_ = 0;          // segments announced as sealed
  bool failure_announced_ = false;  // who waits for a segment was told that there will be none

 private:
  // The builder's place.
  std::shared_ptr<Segment> segment_;
  FileOffset used_;
  std::uint64_t placed_ = 0;
  Position last_;
};

/// The data of the event at `position`, as the fixture appends it.
std::vector<std::byte> data_of(Position position, std::size_t bytes);

}  // namespace esker::log
