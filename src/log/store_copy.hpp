#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"
#include "log/copy_source.hpp"

namespace esker::log {

struct CopyOptions {
  /// Whether the source is locked by the caller. Otherwise another process has it, and may be appending to it.
  bool source_locked = true;
  CopyLimit limit{};
  /// No hard links to the source and no shared blocks: the copy outlives the source's disk.
  bool real_copies = false;
  /// Check every byte of the sealed segments, copied or not. The records of the last one, which is written anew, always are.
  bool verify = true;
  /// An earlier copy: what it has already is linked from there when it is not linked from the source. Null: none.
  io::Directory* base = nullptr;
  /// The store's new incarnation and a segment's salt come from it; a test takes them from its seed.
  std::function<Uuid()> random = &Uuid::random;
};

struct CopyReport {
  Uuid store;
  Incarnation incarnation;  ///< The copy's.
  Position last;            ///< The last event's that it holds; 0: none.
  Timestamp last_time;
  Position source_last;  ///< The last that the source holds.
  std::uint64_t segments = 0;
  std::uint64_t bytes_linked = 0;  ///< Of files shared with the source by hard links.
  std::uint64_t bytes_base = 0;    ///< Of files shared with the earlier copy.
  std::uint64_t bytes_shared = 0;  ///< Of files that share blocks with the source's.
  std::uint64_t bytes_copied = 0;  ///< Written.
  std::uint64_t bytes_read = 0;    ///< To copy and to check.
  bool begun_again = false;        ///< There was an unfinished copy, which has been removed.

  [[nodiscard]] std::uint64_t bytes() const {
    return bytes_linked + bytes_base + bytes_shared + bytes_copied;
  }
};

struct CopyCallbacks {
  /// Which of the source's other files (by their names) belong to these segments alone, so that they can come along. They are derived:
  /// what vanishes meanwhile is left out.
  UniqueFunction<std::vector<std::string>(const std::vector<std::string>&,
                                          std::span<const format::SegmentKey>)>
      derived_files;
  /// Takes along what has a part for each of the log's events, as far as `last` of the report, synced; adds its bytes. Optional.
  UniqueFunction<Result<void>(CopyReport&)> other_files{};
  UniqueFunction<void(std::uint64_t done, std::uint64_t total)> on_progress;  ///< In bytes; often.
  /// Waits for so long, or until another process has written the source's watermark.
  UniqueFunction<void(std::chrono::nanoseconds)> wait;
};

/// Whether a copy can be made in `target`: it is empty but for a lock file, or holds an unfinished copy; then the answer is true.
/// Errors: `invalid_argument` (it holds something else), `io_error`.
Result<bool> check_copy_target(io::Directory& target);

/// Makes a store in `target` that holds the log of `source` up to a position: what backup, restore and branch are.
///
/// The sealed segments are linked, or their blocks shared, or they are copied, the first of these that is allowed and possible. The
/// records behind them go to a new segment with a salt of its own, which is the active one. The copy has the source's store id, an
/// incarnation of its own, and a fresh watermark. format-spec.md, "Copies".
///
/// Of a source that another process has open, the copy ends with the last commit that is whole when this begins, which is behind all that
/// had been acknowledged, and waits until that is known to be durable.
///
/// `target`  as `check_copy_target` wants it; an unfinished copy is removed. Locked by the caller. It is marked as
///           unfinished until everything in it is durable, so a crash leaves what no store opens, and this can be run again. After an error
///           nothing is left, as far as that is possible. The source is never changed.
/// Errors    `invalid_argument` (target not empty), `not_found` (no store), `position_ahead` (the limit's position is behind the log's
///           end), `corrupt` (the source is damaged: file and offset), `no_space`, `io_error`, `not_supported` (a later format).
Result<CopyReport> copy_store(io::Directory& source, io::Directory& target, io::Clock& clock,
                              const CopyOptions& options, CopyCallbacks& callbacks);

/// The incarnation of a copy: higher than the `highest` that its source knows of, by a random amount, so that neither the source nor
/// another copy of it gets to the same one by being opened. Below 2^53 as long as `highest` is, so that JSON's numbers hold it.
/// Source: format-spec.md, "Copies".
Incarnation copy_incarnation(Incarnation highest, const Uuid& random);

}  // namespace esker::log
