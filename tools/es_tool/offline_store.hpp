#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "index/index.hpp"
#include "io/directory.hpp"
#include "log/record_walk.hpp"
#include "log/survey.hpp"
#include "store/lock_file.hpp"

namespace esker::tools {

/// What this program writes into the lock file of a store that it takes, and so beginning with "es-tool".
std::string lock_owner();

/// A store's directory that this process has for itself. Nothing is recovered or mapped.
class OfflineStore {
 public:
  /// Errors: those of `open_store_directory`, `locked` (naming who has it open), `no_space`, `io_error`.
  static Result<OfflineStore> open(const std::string& path);

  [[nodiscard]] io::Directory& directory() const { return *directory_; }

 private:
  OfflineStore(std::unique_ptr<io::Directory> directory, store::LockFile lock)
      : directory_(std::move(directory)), lock_(std::move(lock)) {}

  std::unique_ptr<io::Directory> directory_;
  store::LockFile lock_;
};

/// Opens a directory in which there is a store, whoever has it. Errors: `not_found` (no directory, or no store in it), `corrupt` (an
/// unfinished copy), `io_error`.
Result<std::unique_ptr<io::Directory>> open_store_directory(const std::string& path);

/// Goes over what `RecordWalk` finds in a segment, until `on_step` answers false. Errors: `io_error`.
Result<void> walk_segment(io::Directory& directory, const log::SurveyedSegment& segment,
                          UniqueFunction<bool(const log::WalkStep&)>& on_step);

/// The sealed segments, as the index names them.
std::vector<index::SegmentKey> sealed_segments(const std::vector<log::SurveyedSegment>& segments);

/// Reads a segment's events for the index, with `pread`. `directory` and `hasher` outlive it, and the log's files stay as they are.
/// Its errors: `corrupt`, `not_found` (no such segment), `io_error`.
index::Index::SegmentReader make_segment_reader(io::Directory& directory,
                                                const index::TermHasher& hasher);

}  // namespace esker::tools
