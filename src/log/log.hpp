#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "esker/function.hpp"
#include "esker/options.hpp"
#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "format/record.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"
#include "log/group.hpp"
#include "log/preparation.hpp"
#include "log/sealing.hpp"
#include "log/segment.hpp"
#include "log/watermark_file.hpp"

namespace esker::log {

struct LogOptions {
  std::uint64_t segment_bytes = 0;
  std::uint64_t segment_bytes_first = 0;
  Durability durability;
  std::chrono::milliseconds watermark_interval{1000};
  /// How much memory decoded blocks of compressed segments may take that nobody is reading in.
  std::uint64_t decoded_bytes_max = 256ULL << 20;
  bool create = true;
  /// Where the store's id and the segments' salts come from; a test takes them from its seed. Any thread.
  std::function<Uuid()> random = &Uuid::random;
};

/// What recovery found and did.
struct RecoveryReport {
  bool created = false;
  bool clean = false;
  std::uint64_t segments = 0;
  std::uint64_t events = 0;
  std::uint64_t events_scanned = 0;
  std::uint64_t torn_bytes = 0;
  std::vector<std::string> warnings;
};

/// Where the log ends, for whoever builds the next group.
struct LogEnd {
  std::shared_ptr<Segment> segment;  ///< The active one.
  FileOffset offset;                 ///< Behind its last record.
  Position position;                 ///< The last record's; 0: the log is empty.
  Timestamp time;                    ///< The last record's.
};

struct RecoveredLog;

/// The segmented log in one directory: recovery, one writer, any number of readers, and the background work that keeps both fast.
///
/// The class has no thread. Three roles call it, each from one thread at a time, all at once if they like:
///   builder     `room`, `roll`: knows where the next group goes;
///   writer      `write_group`, `sync_if_due`, `close`: the only one that writes records;
///   background  `background_step`: prepares the next segment, seals full ones, keeps the watermark, and frees what has been decoded
///               of compressed segments when it becomes too much;
///   compaction  `replace`.
/// Readers, any thread: `visible`, `synced`, `segments`, `failure`.
class Log {
 public:
  /// Opens and recovers the log, in the order of R3, or makes an empty one. Nothing is changed before all checks have passed.
  ///
  /// `directory`   locked by the caller; outlives the log. Files of others' making are left alone and reported.
  /// Errors        `corrupt` (I11; file and offset named), `no_space`, `not_found`, `not_supported`, `io_error`.
  static Result<std::unique_ptr<Log>> open(io::Directory& directory, io::Clock& clock,
                                           const LogOptions& options);

  [[nodiscard]] const RecoveryReport& report() const;
  [[nodiscard]] const Uuid& store_id() const;
  [[nodiscard]] Incarnation incarnation() const;
  /// Where the log ended when it was opened.
  [[nodiscard]] LogEnd end_at_open() const;

  /// The last position that readers may see: the durable one; with weaker durability, the last one written.
  [[nodiscard]] Position visible() const {
    return Position(visible_.load(std::memory_order_acquire));
  }
  /// The last position known to be on stable storage; goes into each record as its witness.
  [[nodiscard]] Position synced() const {
    return Position(synced_.load(std::memory_order_acquire));
  }
  /// The segments as of now. A segment with a visible record is in it.
  [[nodiscard]] std::shared_ptr<const SegmentSet> segments() const;

  /// What the compressed segments share: also for those that are made later.
  [[nodiscard]] const std::shared_ptr<DecodedMemory>& decoded() const { return decoded_; }

  /// The clock that it was opened with.
  [[nodiscard]] io::Clock& clock() const { return clock_; }
  /// Why the log takes no more writes; nothing when it does.
  [[nodiscard]] std::optional<Error> failure() const;

  // --- builder ---

  /// True when a commit of `bytes` bytes in `records` records fits behind what has been placed in the segment so far:
  /// `used` is the end of what is placed there, `placed` the number of records that will be in it.
  [[nodiscard]] bool room(const Segment& segment, FileOffset used, std::uint64_t placed,
                          std::uint64_t bytes, std::uint64_t records) const;

  /// The segment after `segment`, prepared and long enough for a commit of `bytes` bytes in `records` records. Never blocks.
  /// `placed`  the number of records placed in `segment`; with 0 it is not followed but replaced by a longer one of the same id.
  /// Errors    `busy` while it is being prepared: ask again after `on_prepared` has been called; `no_space` when preparing failed (the
  ///           next call has it tried again); `too_large` when no segment can hold such a commit; `store_failed`.
  Result<std::shared_ptr<Segment>> roll(const Segment& segment, std::uint64_t placed,
                                        std::uint64_t bytes, std::uint64_t records);

  // --- writer ---

  /// Writes a group and, in `sync` mode, makes it durable; then it is visible. The groups come in order, without gaps; the first one in
  /// a segment makes that segment the active one and the one before it ready to be sealed.
  /// Errors: `outcome_unknown` for this group, and the log has failed for good (R4); `store_failed` when it had before: not written.
  Result<void> write_group(const Group& group);

  /// In `interval` mode: syncs what is written when the interval has passed. Returns when to call again; nothing: no need.
  /// Errors: the log has failed (R4).
  Result<std::optional<std::chrono::nanoseconds>> sync_if_due();

  /// Syncs, and writes the watermark: a clean one, unless preparing a segment has failed and its name may not be durable. Groups are
  /// not accepted afterwards. Errors: `io_error`, `store_failed`.
  Result<void> close();

  // --- background ---

  /// Does one bounded piece of background work with at most one blocking call. True when there is more to do at once.
  /// What fails here is kept for `roll` to answer (preparing), or tried again later (sealing, watermark), unless it is a failed
  /// sync of a segment with records, which fails the log.
  bool background_step();

  /// When `background_step` has something to do next, if nothing new comes: on the clock's monotonic scale; nothing: never.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> background_due() const;

  /// `on_work` is called, from any role, when `background_step` has something new to do; `on_prepared` from the background when `roll` will
  /// answer differently; `on_sealed` from the background with each segment that has been sealed. They must be set before any
  /// role starts, and must only wake somebody.
  void set_callbacks(UniqueFunction<void()> on_work, UniqueFunction<void()> on_prepared,
                     UniqueFunction<void(std::shared_ptr<Segment>)> on_sealed);

  // --- compaction ---

  /// `compacted`, whose file has taken the place of those of `segments`, which follow each other, is from now on where readers find their
  /// records. Who reads in one of `segments` goes on there.
  void replace(std::span<const std::shared_ptr<Segment>> segments,
               const std::shared_ptr<Segment>& compacted);
  /// How long a segment is to be.
  [[nodiscard]] std::uint64_t segment_bytes() const { return options_.segment_bytes; }

  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

 private:
  /// A segment that the builder waits for, or will.
  struct Demand {
    SegmentId id;
    std::uint64_t bytes = 0;  ///< Its length.
  };

  /// How far the log has been synced, for the watermark.
  struct Mark {
    SegmentId segment;
    FileOffset offset;
    Position position;
    friend bool operator==(const Mark&, const Mark&) = default;
  };

  Log(io::Directory& directory, io::Clock& clock, const LogOptions& options,
      RecoveredLog recovered);

  // The writer's.
  Result<void> begin_segment(const std::shared_ptr<Segment>& segment) ESKER_EXCLUDES(mutex_);
  Result<void> sync_active() ESKER_EXCLUDES(mutex_);
  /// The log takes no more writes from now on (R4).
  void fail(const Error& cause) ESKER_EXCLUDES(mutex_);

  // The background's.
  /// True when it did something.
  bool prepare_step() ESKER_EXCLUDES(mutex_);
  void preparation_ended(Result<bool> result) ESKER_EXCLUDES(mutex_);
  bool seal_step() ESKER_EXCLUDES(mutex_);
  void sealing_ended(Result<bool> result) ESKER_EXCLUDES(mutex_);
  bool watermark_step() ESKER_EXCLUDES(mutex_);
  void watermark_ended(Result<void> result) ESKER_EXCLUDES(mutex_);
  /// Puts a fresh segment in the place of the one whose decoded blocks were needed least recently, when all of them take too much.
  bool forget_step() ESKER_EXCLUDES(mutex_);
  [[nodiscard]] bool anything_due() const ESKER_EXCLUDES(mutex_);

  [[nodiscard]] std::uint64_t length_after(const Segment& segment) const;
  [[nodiscard]] format::Watermark watermark_of(const Mark& mark, bool clean) const;

  io::Directory& directory_;
  io::Clock& clock_;
  const LogOptions options_;
  const Uuid store_id_;
  const Incarnation incarnation_;
  const RecoveryReport report_;
  const LogEnd end_at_open_;

  const std::shared_ptr<DecodedMemory> decoded_;
  std::atomic<std::uint64_t> visible_;
  std::atomic<std::uint64_t> synced_;

  UniqueFunction<void()> on_work_;
  UniqueFunction<void()> on_prepared_;
  UniqueFunction<void(std::shared_ptr<Segment>)> on_sealed_;

  // The writer's.
  std::shared_ptr<Segment> active_;
  FileOffset written_end_;  // behind the last record written to `active_`
  Position written_;        // the last record written
  std::optional<std::chrono::nanoseconds> unsynced_since_;
  bool closed_ = false;

  // The background's; `close` takes the watermark over.
  std::unique_ptr<Preparation> preparation_;
  std::unique_ptr<Sealing> sealing_;
  WatermarkFile watermark_;
  std::optional<Mark> marking_;  // written to the watermark, not yet synced
  bool names_unsure_ = false;    // a segment may have a name that is not durable

  mutable base::Mutex mutex_;
  std::shared_ptr<const SegmentSet> segments_ ESKER_GUARDED_BY(mutex_);
  std::optional<Error> failure_ ESKER_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Segment>> prepared_ ESKER_GUARDED_BY(mutex_);
  std::optional<Demand> demand_ ESKER_GUARDED_BY(mutex_);          // until it is met or has failed
  bool awaited_ ESKER_GUARDED_BY(mutex_) = false;                  // the builder has asked in vain
  std::optional<Error> prepare_failure_ ESKER_GUARDED_BY(mutex_);  // until `roll` has told it
  std::deque<std::shared_ptr<Segment>> to_seal_ ESKER_GUARDED_BY(mutex_);
  std::chrono::nanoseconds seal_due_ ESKER_GUARDED_BY(mutex_){0};
  Mark mark_ ESKER_GUARDED_BY(mutex_);    // of the last sync
  Mark marked_ ESKER_GUARDED_BY(mutex_);  // by the watermark
  std::chrono::nanoseconds watermark_due_ ESKER_GUARDED_BY(mutex_){0};
};

}  // namespace esker::log
