#include "log/log.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "log/recovery.hpp"

namespace esker::log {
namespace {

constexpr io::Site kGroupWrite{"log.group_write"};
constexpr io::Site kGroupSync{"log.group_sync"};

std::deque<std::shared_ptr<Segment>> unsealed_before_last(
    const std::vector<std::shared_ptr<Segment>>& segments) {
  std::deque<std::shared_ptr<Segment>> unsealed;
  for (const std::shared_ptr<Segment>& segment : std::span(segments).first(segments.size() - 1)) {
    if (!segment->sealed()) unsealed.push_back(segment);
  }
  return unsealed;
}

}  // namespace

Result<std::unique_ptr<Log>> Log::open(io::Directory& directory, io::Clock& clock,
                                       const LogOptions& options) {
  ESKER_TRY(RecoveredLog recovered, recover_log(directory, clock, options));
  return std::unique_ptr<Log>(new Log(directory, clock, options, std::move(recovered)));
}

Log::Log(io::Directory& directory, io::Clock& clock, const LogOptions& options,
         RecoveredLog recovered)
    : directory_(directory),
      clock_(clock),
      options_(options),
      store_id_(recovered.store),
      incarnation_(recovered.incarnation),
      report_(std::move(recovered.report)),
      end_at_open_(recovered.end),
      decoded_(std::move(recovered.decoded)),
      visible_(recovered.end.position.value()),
      synced_(recovered.end.position.value()),
      active_(recovered.end.segment),
      written_end_(recovered.end.offset),
      written_(recovered.end.position),
      watermark_(std::move(recovered.watermark)),
      segments_(std::make_shared<SegmentSet>(recovered.segments)),
      to_seal_(unsealed_before_last(recovered.segments)),
      mark_{active_->header().id, written_end_, written_},
      marked_(mark_) {
  if (recovered.prepared != nullptr) {
    prepared_.push_back(std::move(recovered.prepared));
  } else {
    demand_ = Demand{active_->header().ids().last.next(), length_after(*active_)};
  }
}

// Readers may go on in its segments.
Log::~Log() { decoded_->set_on_over({}); }

const RecoveryReport& Log::report() const { return report_; }
const Uuid& Log::store_id() const { return store_id_; }
Incarnation Log::incarnation() const { return incarnation_; }
LogEnd Log::end_at_open() const { return end_at_open_; }

std::shared_ptr<const SegmentSet> Log::segments() const {
  base::MutexLock lock(mutex_);
  return segments_;
}

std::optional<Error> Log::failure() const {
  base::MutexLock lock(mutex_);
  if (!failure_) return std::nullopt;
  return failure_->clone();
}

void Log::set_callbacks(UniqueFunction<void()> on_work, UniqueFunction<void()> on_prepared,
                        UniqueFunction<void(std::shared_ptr<Segment>)> on_sealed) {
  on_work_ = std::move(on_work);
  on_prepared_ = std::move(on_prepared);
  on_sealed_ = std::move(on_sealed);
  decoded_->set_on_over([this] {
    if (on_work_) on_work_();
  });
}

std::uint64_t Log::length_after(const Segment& segment) const {
  return next_segment_bytes(segment.header().file_bytes, options_.segment_bytes_first,
                            options_.segment_bytes, 0, 0)
      .assume_value();  // an empty commit fits everywhere
}

// --- builder ---

bool Log::room(const Segment& segment, FileOffset used, std::uint64_t placed, std::uint64_t bytes,
               std::uint64_t records) const {
  return !segment.sealed() &&
         fits_sealed(segment.header().file_bytes, used.value() + bytes, placed + records);
}

Result<std::shared_ptr<Segment>> Log::roll(const Segment& segment, std::uint64_t placed,
                                           std::uint64_t bytes, std::uint64_t records) {
  const SegmentId id = placed == 0 ? segment.header().id : segment.header().ids().last.next();
  ESKER_TRY(
      const std::uint64_t length,
      next_segment_bytes(placed == 0 ? 0 : segment.header().file_bytes,
                         options_.segment_bytes_first, options_.segment_bytes, bytes, records));
  std::shared_ptr<Segment> next;
  {
    base::MutexLock lock(mutex_);
    if (failure_) return failure_->clone();
    const auto found =
        std::find_if(prepared_.begin(), prepared_.end(),
                     [id](const auto& candidate) { return candidate->header().id == id; });
    // One that is too short, or about to be replaced by a longer one, is not to be begun.
    const bool usable =
        found != prepared_.end() && (!demand_ || demand_->id != id) &&
        fits_sealed((*found)->header().file_bytes, format::kSegmentHeaderBytes + bytes, records);
    if (usable) {
      next = std::move(*found);
      prepared_.erase(found);
    }
    if (next != nullptr) {
      const SegmentId after = id.next();
      const bool there =
          std::any_of(prepared_.begin(), prepared_.end(),
                      [after](const auto& other) { return other->header().id == after; });
      if (!there) demand_ = Demand{after, length_after(*next)};
      awaited_ = false;
      prepare_failure_.reset();
    } else if (prepare_failure_) {
      Error error = std::move(*prepare_failure_);
      prepare_failure_.reset();
      return error;
    } else {
      if (!demand_ || demand_->id != id || demand_->bytes < length) demand_ = Demand{id, length};
      awaited_ = true;
    }
  }
  if (on_work_) on_work_();
  if (next == nullptr) return Error(Errc::busy, "the next segment is being prepared");
  return next;
}

// --- writer ---

Result<void> Log::write_group(const Group& group) {
  if (std::optional<Error> failed = failure()) return std::move(*failed);
  ESKER_ASSERT(!closed_ && !group.offsets.empty());
  ESKER_ASSERT_VALUES(group.first == written_.next(), group.first.value(), written_.value());
  if (group.segment != active_) {
    ESKER_TRY(begin_segment(group.segment));
  }
  ESKER_ASSERT_VALUES(group.begin == written_end_, group.begin.value(), written_end_.value());

  if (Result<void> written = active_->file().write_at(group.begin, group.bytes, kGroupWrite);
      !written) {
    fail(written.assume_error());
    return Error(Errc::outcome_unknown, written.assume_error().message());
  }
  written_end_ = group.bytes_end();
  written_ = group.end().previous();
  if (options_.durability.mode == Durability::Mode::sync) {
    if (Result<void> synced = sync_active(); !synced) {
      return Error(Errc::outcome_unknown, synced.assume_error().message());
    }
  } else if (!unsynced_since_) {
    unsynced_since_ = clock_.monotonic();
  }
  active_->publish(group.first, group.offsets, written_end_);
  // Acquired by `visible`: who knows of a position finds its segment and its record.
  visible_.store(written_.value(), std::memory_order_release);
  return ok();
}

Result<void> Log::begin_segment(const std::shared_ptr<Segment>& segment) {
  if (unsynced_since_) {
    ESKER_TRY(sync_active());
  }  // R1, in every mode
  const bool replaces = segment->header().id == active_->header().id;
  {
    base::MutexLock lock(mutex_);
    std::vector<std::shared_ptr<Segment>> segments = segments_->all();
    if (replaces) {
      segments.back() = segment;
    } else {
      segments.push_back(segment);
      if (!active_->sealed()) to_seal_.push_back(active_);
    }
    segments_ = std::make_shared<SegmentSet>(std::move(segments));
  }
  active_ = segment;
  written_end_ = FileOffset(format::kSegmentHeaderBytes);
  if (on_work_) on_work_();
  return ok();
}

Result<void> Log::sync_active() {
  if (Result<void> synced = active_->file().sync_data(kGroupSync); !synced) {
    fail(synced.assume_error());
    return std::move(*failure());
  }
  unsynced_since_.reset();
  synced_.store(written_.value(), std::memory_order_release);
  bool watermark_was_current = false;
  {
    base::MutexLock lock(mutex_);
    watermark_was_current = mark_ == marked_;
    mark_ = {active_->header().id, written_end_, written_};
  }
  if (watermark_was_current && on_work_) on_work_();
  return ok();
}

Result<std::optional<std::chrono::nanoseconds>> Log::sync_if_due() {
  std::optional<std::chrono::nanoseconds> due;
  if (options_.durability.mode != Durability::Mode::interval || !unsynced_since_) return due;
  if (std::optional<Error> failed = failure()) return std::move(*failed);
  due = *unsynced_since_ + options_.durability.interval;
  if (*due > clock_.monotonic()) return due;
  ESKER_TRY(sync_active());
  due.reset();
  return due;
}

Result<void> Log::close() {
  if (closed_) return ok();
  closed_ = true;
  if (std::optional<Error> failed = failure()) return std::move(*failed);
  if (unsynced_since_) {
    ESKER_TRY(sync_active());
  }
  Mark mark;
  {
    base::MutexLock lock(mutex_);
    mark = mark_;
  }
  ESKER_TRY(watermark_.write(watermark_of(mark, !names_unsure_)));
  return watermark_.sync();
}

void Log::replace(std::span<const std::shared_ptr<Segment>> segments,
                  const std::shared_ptr<Segment>& compacted) {
  base::MutexLock lock(mutex_);
  std::vector<std::shared_ptr<Segment>> all = segments_->all();
  // By id: what has been decoded of a compressed segment may have been given up meanwhile, and a fresh one be in its place.
  const SegmentId id = segments.front()->header().id;
  const auto first = std::ranges::find_if(
      all, [id](const std::shared_ptr<Segment>& other) { return other->header().id == id; });
  ESKER_ASSERT(first != all.end());
  *first = compacted;
  all.erase(first + 1, first + static_cast<std::ptrdiff_t>(segments.size()));
  segments_ = std::make_shared<SegmentSet>(std::move(all));
}

void Log::fail(const Error& cause) {
  base::MutexLock lock(mutex_);
  if (failure_) return;
  failure_ = Error(Errc::store_failed,
                   cause.message() +
                       ": the store takes no more appends; what is durable can still be read; "
                       "mend the cause and open it again");
}

format::Watermark Log::watermark_of(const Mark& mark, bool clean) const {
  format::Watermark watermark;
  watermark.store = store_id_;
  watermark.incarnation = incarnation_;
  watermark.segment = mark.segment;
  watermark.offset = mark.offset;
  watermark.position = mark.position;
  watermark.clean = clean;
  return watermark;
}

}  // namespace esker::log
