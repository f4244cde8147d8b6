#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "esker/result.hpp"
#include "index/run.hpp"

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
  [[nodiscard]] const Run& run() const { return *run_; }

 private:
  std::shared_ptr<Run> run_;
  std::vector<TermEntry> ahead_;  // Read, and not yet gone over from `place_` on.
  std::size_t place_ = 0;
  std::uint64_t read_ = 0;
  TermEntry entry_;
  bool at_end_ = false;
};

}  // namespace esker::index
