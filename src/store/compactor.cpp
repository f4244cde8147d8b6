#include "store/compactor.hpp"

#include <utility>

#include "log/neighbours.hpp"

namespace esker::store {

Result<void> Compactor::start(const CompactionOptions& options) {
  base::MutexLock lock(mutex_);
  if (status_.running)
    return Error(Errc::busy, "a compaction is under way: wait until it has ended");
  options_ = options;
  status_ = {};
  status_.running = true;
  status_.dry_run = options.dry_run;
  begun_ = false;
  due_ = clock_.monotonic();
  return ok();
}

CompactionStatus Compactor::status() const {
  base::MutexLock lock(mutex_);
  return status_;
}

CompactionStatus Compactor::wait(std::chrono::nanoseconds timeout) {
  base::MutexLock lock(mutex_);
  if (status_.running) ended_.wait_for(mutex_, timeout);
  return status_;
}

std::optional<std::chrono::nanoseconds> Compactor::due() const {
  base::MutexLock lock(mutex_);
  if (!status_.running) return std::nullopt;
  return due_;
}

bool Compactor::step() {
  const std::optional<std::chrono::nanoseconds> due = this->due();
  if (!due || *due > clock_.monotonic()) return false;
  bool begun = false;
  {
    base::MutexLock lock(mutex_);
    begun = std::exchange(begun_, true);
  }
  if (!begun) begin();
  if (compaction_ == nullptr) {
    if (work_.empty() && !merging_) begin_merging();
    if (work_.empty()) {
      end(std::nullopt);
      return false;
    }
  }
  Result<bool> done = step_compaction();
  if (!done) {
    end(std::move(done).assume_error());
  } else if (done.assume_value()) {
    end_compaction();
  }
  return true;
}

void Compactor::begin() {
  context_.emplace(reader_());
  const auto set = log_.segments();
  for (const std::shared_ptr<log::Segment>& segment : set->all()) {
    if (segment->sealed()) work_.push_back({segment});
  }
  base::MutexLock lock(mutex_);
  status_.segments = work_.size();
}

void Compactor::begin_merging() {
  merging_ = true;
  if (merge_unsure_ || status().dry_run) return;
  const auto set = log_.segments();
  for (Segments& group : log::small_neighbours(set->all(), log_.segment_bytes())) {
    work_.push_back(std::move(group));
  }
}

Result<bool> Compactor::step_compaction() {
  CompactionOptions options;
  {
    base::MutexLock lock(mutex_);
    options = options_;
  }
  if (compaction_ == nullptr) {
    ESKER_TRY(const bool provable, keep_provable(options.dry_run));
    if (!provable) return false;
    begin_compaction(options.dry_run);
  }
  ESKER_TRY(const bool done, compaction_->step());
  const std::chrono::nanoseconds pause =
      io::time_for(compaction_->moved_bytes(), options.bytes_per_second);
  base::MutexLock lock(mutex_);
  due_ = clock_.monotonic() + pause;
  return done;
}

/// True when all events of the next segment can be proved without it.
Result<bool> Compactor::keep_provable(bool dry_run) {
  if (trees_ == nullptr || merging_ || dry_run) return true;
  const format::SegmentFooter& footer = work_.front().front()->footer();
  return trees_->make_durable(footer.first.plus(footer.records - 1));
}

void Compactor::begin_compaction(bool dry_run) {
  log::Judge judge;
  if (merging_) {
    // What has been released since is left to the next compaction, which counts it.
    judge = [](const format::RecordView&) { return log::Fate::keep; };
  } else {
    judge_.emplace(*context_, log_.visible().next());
    judge = [this](const format::RecordView& record) { return (*judge_)(record); };
  }
  compaction_ = std::make_unique<log::Compaction>(
      directory_, std::move(work_.front()), std::move(judge),
      dry_run ? log::Compaction::Extent::look_only : log::Compaction::Extent::all);
  work_.pop_front();
}

void Compactor::end_compaction() {
  replace();
  count(compaction_->counts());
  compaction_.reset();
}

void Compactor::count(const log::CompactionCounts& counts) {
  base::MutexLock lock(mutex_);
  if (merging_) {
    status_.segments_merged += compaction_->segments().size();
    status_.bytes_after = status_.bytes_after + counts.bytes_after - counts.bytes_before;
    return;
  }
  ++status_.segments_done;
  status_.segments_compacted += counts.anything() ? 1 : 0;
  status_.bytes_before += counts.bytes_before;
  status_.bytes_after += counts.bytes_after;
  for (std::size_t i = 0; i < kStreamClasses; ++i) {
    status_.released[i].events += judge_->released()[i].events;
    status_.released[i].bytes += judge_->released()[i].bytes;
  }
}

void Compactor::replace() {
  if (compaction_->compacted() == nullptr) return;
  log_.replace(compaction_->segments(), compaction_->compacted());
}

void Compactor::end(std::optional<Error> failure) {
  if (compaction_ != nullptr) {
    replace();
    merge_unsure_ = merge_unsure_ || (merging_ && compaction_->renamed());
    compaction_->abandon();
  }
  compaction_.reset();
  judge_.reset();
  context_.reset();
  work_.clear();
  merging_ = false;
  base::MutexLock lock(mutex_);
  if (failure) status_.failed = failure->message();
  status_.running = false;
  ended_.notify_all();
}

void Compactor::stop() {
  if (status().running) end(Error(Errc::closed, "the store has been closed"));
}

}  // namespace esker::store
