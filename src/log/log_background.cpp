// The background role of `Log`: prepares segments, seals full ones, keeps the watermark.

#include <algorithm>

#include "log/log.hpp"

namespace esker::log {
namespace {

/// After sealing failed for want of space or descriptors it is tried again this much later.
constexpr std::chrono::nanoseconds kSealRetry = std::chrono::seconds(1);

}  // namespace

bool Log::background_step() {
  if (failure()) return false;
  // The watermark first: it takes two calls, and filling a segment can go on for seconds (R6).
  if (!watermark_step() && !prepare_step() && !seal_step()) return forget_step();
  return marking_.has_value() || anything_due();
}

bool Log::anything_due() const {
  const std::optional<std::chrono::nanoseconds> due = background_due();
  return due && *due <= clock_.monotonic();
}

std::optional<std::chrono::nanoseconds> Log::background_due() const {
  const std::chrono::nanoseconds now = clock_.monotonic();
  base::MutexLock lock(mutex_);
  if (failure_) return std::nullopt;
  if (demand_) return now;
  std::optional<std::chrono::nanoseconds> due;
  if (!to_seal_.empty()) due = seal_due_;
  if (mark_ != marked_) due = std::min(due.value_or(watermark_due_), watermark_due_);
  return due;
}

bool Log::forget_step() {
  if (!decoded_->over()) return false;
  const std::shared_ptr<const SegmentSet> set = segments();
  std::shared_ptr<Segment> oldest;
  for (const std::shared_ptr<Segment>& segment : set->all()) {
    const Image* const image = segment->image();
    if (image == nullptr || image->decoded_bytes() == 0) continue;
    if (oldest == nullptr || image->last_used() < oldest->image()->last_used()) oldest = segment;
  }
  if (oldest == nullptr) return false;
  const std::shared_ptr<Segment> fresh = oldest->fresh();
  {
    base::MutexLock lock(mutex_);
    // If it is still there: it may have been compacted, and then its file is another one.
    std::vector<std::shared_ptr<Segment>> segments = segments_->all();
    std::replace(segments.begin(), segments.end(), oldest, fresh);
    segments_ = std::make_shared<SegmentSet>(std::move(segments));
  }
  oldest->image()->retire();
  return decoded_->over();
}

bool Log::prepare_step() {
  if (preparation_ == nullptr) {
    std::optional<Demand> demand;
    {
      base::MutexLock lock(mutex_);
      demand = demand_;
    }
    if (!demand) return false;
    format::SegmentHeader header;
    header.store = store_id_;
    header.id = demand->id;
    header.salt = salt_of(options_.random());
    header.file_bytes = demand->bytes;
    header.created = clock_.now();
    header.incarnation = incarnation_;
    preparation_ = std::make_unique<Preparation>(directory_, header);
  }
  Result<bool> step = preparation_->step();
  if (!step || step.assume_value()) preparation_ended(std::move(step));
  return true;
}

void Log::preparation_ended(Result<bool> result) {
  const std::unique_ptr<Preparation> preparation = std::move(preparation_);
  const format::SegmentHeader& header = preparation->header();
  bool moved_away = false;
  if (!result) {
    names_unsure_ = true;
    preparation->abandon();
    moved_away = result.assume_error().code() == Errc::not_found;
    if (moved_away) fail(result.assume_error());  // R11: nobody would look where we write
  }
  {
    base::MutexLock lock(mutex_);
    // The builder may have asked for another one meanwhile.
    const bool met = demand_ && demand_->id == header.id && demand_->bytes <= header.file_bytes;
    if (met) demand_.reset();
    if (result) {
      // Its file has taken the place of a shorter one with the same id.
      std::erase_if(prepared_, [&](const auto& other) { return other->header().id == header.id; });
      prepared_.push_back(preparation->take());
    } else if (met && awaited_) {
      prepare_failure_ = Error(
          Errc::no_space, "cannot prepare the next segment: " + result.assume_error().message());
      awaited_ = false;
    }
  }
  if (on_prepared_) on_prepared_();
}

bool Log::seal_step() {
  if (sealing_ == nullptr) {
    const std::chrono::nanoseconds now = clock_.monotonic();
    base::MutexLock lock(mutex_);
    if (to_seal_.empty() || seal_due_ > now) return false;
    sealing_ = std::make_unique<Sealing>(directory_, to_seal_.front());
  }
  Result<bool> step = sealing_->step();
  if (!step || step.assume_value()) sealing_ended(std::move(step));
  return true;
}

void Log::sealing_ended(Result<bool> result) {
  const std::unique_ptr<Sealing> sealing = std::move(sealing_);
  const std::chrono::nanoseconds now = clock_.monotonic();
  if (!result) {
    if (sealing->failure() == Sealing::Failure::final) {
      fail(result.assume_error());
      if (on_prepared_) on_prepared_();  // who waits for a segment is told that none comes
      return;
    }
    base::MutexLock lock(mutex_);
    seal_due_ = now + kSealRetry;
    return;
  }
  {
    base::MutexLock lock(mutex_);
    to_seal_.pop_front();
    std::vector<std::shared_ptr<Segment>> segments = segments_->all();
    std::replace(segments.begin(), segments.end(), sealing->segment(), sealing->sealed());
    segments_ = std::make_shared<SegmentSet>(std::move(segments));
    watermark_due_ = now;  // R6: after each seal
  }
  if (on_sealed_) on_sealed_(sealing->sealed());
}

bool Log::watermark_step() {
  if (marking_) {
    watermark_ended(watermark_.sync());
    return true;
  }
  const std::chrono::nanoseconds now = clock_.monotonic();
  Mark mark;
  {
    base::MutexLock lock(mutex_);
    if (mark_ == marked_ || watermark_due_ > now) return false;
    mark = mark_;
    watermark_due_ = now + options_.watermark_interval;
  }
  // What cannot be written now is tried again after the interval; a watermark that is behind is weaker, never wrong.
  if (watermark_.write(watermark_of(mark, false))) marking_ = mark;
  return true;
}

void Log::watermark_ended(Result<void> result) {
  const Mark mark = *marking_;
  marking_.reset();
  if (!result) return;  // written again after the interval
  base::MutexLock lock(mutex_);
  marked_ = mark;
}

}  // namespace esker::log
