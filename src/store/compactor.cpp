#include "store/compactor.hpp"

#include <utility>

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
  if (next_segment_ == segments_.size()) {
    end(std::nullopt);
    return false;
  }
  Result<bool> done = step_segment();
  if (!done) {
    end(std::move(done).assume_error());
  } else if (done.assume_value()) {
    end_segment();
  }
  return true;
}

void Compactor::begin() {
  context_.emplace(reader_());
  const auto set = log_.segments();
  segments_.clear();
  next_segment_ = 0;
  for (const std::shared_ptr<log::Segment>& segment : set->all()) {
    if (segment->sealed()) segments_.push_back(segment);
  }
  base::MutexLock lock(mutex_);
  status_.segments = segments_.size();
}

Result<bool> Compactor::step_segment() {
  CompactionOptions options;
  {
    base::MutexLock lock(mutex_);
    options = options_;
  }
  if (compaction_ == nullptr) {
    judge_.emplace(*context_, log_.visible().next());
    compaction_ = std::make_unique<log::Compaction>(
        directory_, segments_[next_segment_],
        [this](const format::RecordView& record) { return (*judge_)(record); },
        options.dry_run ? log::Compaction::Extent::look_only : log::Compaction::Extent::all);
  }
  ESKER_TRY(const bool done, compaction_->step());
  const std::uint64_t rate = options.bytes_per_second;
  const std::chrono::nanoseconds pause(
      rate == 0 ? 0 : compaction_->moved_bytes() * 1'000'000'000 / rate);
  base::MutexLock lock(mutex_);
  due_ = clock_.monotonic() + pause;
  return done;
}

void Compactor::end_segment() {
  if (compaction_->compacted() != nullptr) {
    log_.replace(compaction_->segment(), compaction_->compacted());
  }
  const log::CompactionCounts& counts = compaction_->counts();
  {
    base::MutexLock lock(mutex_);
    ++status_.segments_done;
    status_.segments_compacted += counts.anything() ? 1 : 0;
    status_.bytes_before += counts.bytes_before;
    status_.bytes_after += counts.bytes_after;
    for (std::size_t i = 0; i < kStreamClasses; ++i) {
      status_.released[i].events += judge_->released()[i].events;
      status_.released[i].bytes += judge_->released()[i].bytes;
    }
  }
  compaction_.reset();
  segments_[next_segment_++].reset();
}

void Compactor::end(std::optional<Error> failure) {
  if (compaction_ != nullptr) compaction_->abandon();
  compaction_.reset();
  judge_.reset();
  context_.reset();
  segments_.clear();
  next_segment_ = 0;
  base::MutexLock lock(mutex_);
  if (failure) status_.failed = failure->message();
  status_.running = false;
  ended_.notify_all();
}

void Compactor::stop() {
  if (status().running) end(Error(Errc::closed, "the store has been closed"));
}

}  // namespace esker::store
