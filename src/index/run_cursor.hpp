#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "esker/result.hpp"
#include "index/run.hpp"
#include "io/read_ahead_window.hpp"

namespace esker::index {

/// Goes over the terms of a run in their order. Not for several threads.
class RunCursor {
 public:
  /// Stands before the first term.
  explicit RunCursor(std::shared_ptr<Run> run) : run_(std::move(run)) {}

  /// Goes to the next term, or to the end. Errors: those of `Run::copy`; `corrupt` also when the terms do not ascend.
  Result<void> next();

  [[nodiscard]] bool at_end() const { return at_end_; }
  /// Where it stands; not at the end.
  [[nodiscard]] const TermEntry& entry() const { return entry_; }
  /// How many postings that entry has. Errors: those of `Run::copy`.
  [[nodiscard]] Result<std::uint32_t> count();
  [[nodiscard]] const Run& run() const { return *run_; }

 private:
  static constexpr std::uint64_t kFirstWindowBytes = 64 << 10;
  static constexpr std::uint64_t kWindowBytesMax = 1 << 20;

  void ask_ahead(io::ReadAheadWindow& window, std::uint64_t offset);

  std::shared_ptr<Run> run_;
  std::vector<TermEntry> ahead_;  // Read, and not yet gone over from `place_` on.
  std::size_t place_ = 0;
  std::uint64_t read_ = 0;
  TermEntry entry_;
  bool at_end_ = false;
  // In bytes of the file. Lists stand in the order of their terms.
  io::ReadAheadWindow terms_window_{kFirstWindowBytes, kWindowBytesMax};
  io::ReadAheadWindow lists_window_{kFirstWindowBytes, kWindowBytesMax};
};

}  // namespace esker::index
