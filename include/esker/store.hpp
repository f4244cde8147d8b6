#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "esker/append.hpp"
#include "esker/compaction.hpp"
#include "esker/cursor.hpp"
#include "esker/info.hpp"
#include "esker/options.hpp"
#include "esker/proof.hpp"
#include "esker/query.hpp"
#include "esker/result.hpp"
#include "esker/snapshot.hpp"
#include "esker/stream_metadata.hpp"
#include "esker/subscription.hpp"

namespace esker {

namespace store {
class Engine;
}

/// What opening a store found and did.
struct OpenReport {
  bool created = false;  ///< There was no store; an empty one was made.
  bool clean = false;    ///< The store had been closed in order.
  std::uint64_t segments = 0;
  std::uint64_t events = 0;          ///< In the whole log.
  std::uint64_t events_scanned = 0;  ///< Read again to recover; those of sealed segments are not.
  std::uint64_t torn_bytes =
      0;  ///< Cut from the log's end: of appends that were never acknowledged.
  std::uint64_t runs_rebuilt =
      0;  ///< Index files that were missing or damaged and have been made again.
  std::chrono::nanoseconds duration{0};
  std::string file_system;  ///< "ext4", "tmpfs", …
  std::vector<std::string>
      warnings;  ///< One line each, for the logger: tmpfs, a missing watermark, unknown files, a clock behind the log.
};

/// An open event store: one directory, one process, any number of threads.
///
/// All functions may be called from any thread at any time unless they say otherwise. The store outlives its cursors and
/// subscriptions. Events become visible to every reader at once: with durability `sync` when they are durable, otherwise when
/// they are with the operating system.
///
/// A function that finds no memory throws `std::bad_alloc` and has then appended nothing. A thread of the store's own that finds none ends
/// all writing (`store_failed`), as after a failed write.
class Store {
 public:
  /// Opens the store in `directory`, making it when it is not there (see `StoreOptions::create`), and recovers what a crash left.
  ///
  /// Errors: `locked` (another process has it; the message names it), `corrupt` (durable data is damaged; the message names file and
  /// offset, and nothing was changed), `no_space`, `not_found`, `not_supported` (file system), `invalid_argument` (options), `io_error`.
  /// Blocks for as long as recovery takes.
  static Result<Store> open(const std::string& directory, const StoreOptions& options = {});

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;

  /// Closes the store if `close` has not been called; an error is then lost.
  ~Store();

  [[nodiscard]] const OpenReport& open_report() const;

  /// Appends `commit`: durable and visible all together or not at all, and only if its condition, when it has one, holds.
  ///
  /// `commit`   at least one stream, each named once. All that it refers to must stay valid until `handler` is called.
  /// `handler`  gets the answer, exactly once, on one of the store's threads: never inside this call, perhaps before it returns. It must
  ///            not block. Until the call has returned, the store must not be destroyed.
  /// Errors     given to the handler. Nothing written: `invalid_argument`, `too_large`, `wrong_version`, `condition_failed`,
  ///            `partial_match`, `no_space`, `busy`, `store_failed`, `corrupt`, `io_error` (what the append must be compared with cannot be
  ///            read), `closed`. Perhaps written: `outcome_unknown`; appending again with the same ids tells.
  /// Order      appends of one thread are decided in the order of their calls, but for one whose condition takes long to look at.
  /// Blocks     no.
  void append_async(const NewCommit& commit, AppendHandler handler);

  /// The same, waiting for the answer. Not to be called from a completion handler.
  Result<AppendResult> append(const NewCommit& commit);

  /// Appends `events` to one stream, waiting for the answer.
  Result<AppendResult> append(std::string_view stream, Expected expected,
                              std::span<const NewEvent> events);

  /// Reads what `query` selects of the events that are visible now; those that come later are not part of it.
  /// Errors: `invalid_argument` (name), `position_ahead`, `corrupt`, `io_error`, `closed`.
  Result<Cursor> read(const Query& query) const;

  /// Reads what `query` selects, and goes on with what comes until the query allows no more. `query.direction` must be forwards.
  /// Errors: as `read`.
  Result<Subscription> subscribe(const Query& query) const;

  /// A stream's current version; 0 when there is no such stream. Errors: `invalid_argument`, `corrupt`, `io_error`, `closed`.
  Result<Version> current_version(std::string_view stream) const;

  /// The same, and whether the stream has been deleted or ended. Errors: as `current_version`.
  Result<StreamStatus> stream_status(std::string_view stream) const;

  // --- the store's own streams (esker/system_streams.hpp) ---

  /// What is to be kept of `stream`, and what else is known of it; nothing is set when nobody has said anything.
  /// Errors: those of `read`.
  Result<StreamMetadata> stream_metadata(std::string_view stream) const;
  /// Replaces it. `expected` is about `$$<stream>`. Errors: those of `append`; `invalid_argument` as `metadata_append`.
  Result<AppendResult> set_stream_metadata(std::string_view stream, const StreamMetadata& metadata,
                                           Expected expected = Expected::any());
  /// Deletes the stream, if it is as expected: it reads as absent, may be written again, and its versions go on. What else its metadata
  /// says stays. Errors: those of `append` and `read`.
  Result<AppendResult> delete_stream(std::string_view stream,
                                     Expected expected = Expected::stream_exists());
  /// Ends the stream for ever, if it is as expected: it reads as absent, and appends to it answer `tombstoned`. Errors: those of `append`.
  Result<AppendResult> tombstone_stream(std::string_view stream,
                                        Expected expected = Expected::any());

  /// Keeps a snapshot of `stream`. Errors: those of `append`.
  Result<AppendResult> save_snapshot(std::string_view stream, const Snapshot& snapshot);
  /// The newest one; nothing when there is none. Errors: those of `read`.
  Result<std::optional<Snapshot>> load_snapshot(std::string_view stream) const;
  /// The newest snapshot, if there is one, and the events behind it, in one read: `Query::from_snapshot`. Answers with the version of
  /// the last event that the state then knows, which is what to expect when appending; 0 when there is nothing. An error of a callback
  /// ends it.
  /// Errors: those of `read`.
  Result<Version> load_aggregate(std::string_view stream,
                                 UniqueFunction<Result<void>(const Snapshot&)> on_snapshot,
                                 UniqueFunction<Result<void>(const EventView&)> on_event) const;

  /// Keeps how far the subscriber `name` has got, as durable as any event. Errors: those of `append`.
  Result<AppendResult> save_checkpoint(std::string_view name, Position position);
  /// How far it has got; 0 when it has not said so. `Query::from_checkpoint` begins behind it. Errors: those of `read`.
  Result<Position> load_checkpoint(std::string_view name) const;

  [[nodiscard]] StoreInfo info() const;

  /// Takes out of the sealed segments what has been released (`StreamMetadata`, snapshots and checkpoints that newer ones have replaced),
  /// in the background, and then merges small segments that follow each other. Positions and versions stay; who reads meanwhile is not
  /// disturbed; a crash leaves each segment as it was or compacted.
  /// Errors: `busy` (one is under way), `closed`.
  Result<void> start_compaction(const CompactionOptions& options = {});
  /// How far that is.
  [[nodiscard]] CompactionStatus compaction() const;
  /// The same, waiting until it has ended, but no longer than `timeout`.
  CompactionStatus wait_for_compaction(std::chrono::nanoseconds timeout);

  // --- proofs (esker/proof.hpp), of stores that keep a tree: StoreOptions::proofs ---

  /// The root at `position`; without it, that of all that is visible. It takes no longer the more events there are.
  /// Errors: `not_supported` (the store keeps no tree; or none at this position, since compaction came before), `position_ahead`, `busy`
  /// (the tree is being made and has not come so far), `corrupt` (a tree file is damaged; it is named), `io_error`, `closed`. May read
  /// two files.
  [[nodiscard]] Result<Root> root(std::optional<Position> position = {}) const;
  /// That the event at `position` is in the log that has the root at `root`; without it, the newest. Of events that compaction has taken
  /// out, too. Errors: as `root`; `invalid_argument` when `position` is not 1 … `root`.
  [[nodiscard]] Result<InclusionProof> prove_inclusion(Position position,
                                                       std::optional<Position> root = {}) const;
  /// That the log that has the root at `to`, without it the newest, begins with the one that has the root at `from`.
  /// Errors: as `root`; `invalid_argument` when `from` is behind `to`.
  [[nodiscard]] Result<ConsistencyProof> prove_consistency(Position from,
                                                           std::optional<Position> to = {}) const;

  /// Finishes the appends that were accepted, syncs, and marks the store as closed in order. Later calls answer `closed`; waiting
  /// subscriptions end. Blocks. Errors: what the last sync answered. A second call does nothing.
  Result<void> close();

 private:
  explicit Store(std::unique_ptr<store::Engine> engine);

  std::unique_ptr<store::Engine> engine_;
};

}  // namespace esker
