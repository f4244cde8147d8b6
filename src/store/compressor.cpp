#include "store/compressor.hpp"

#include <utility>

namespace esker::store {
namespace {

/// How often is looked for segments that have become old enough, and how long after a failure is tried again. Ages are in hours or days.
constexpr std::chrono::minutes kLookInterval(1);

}  // namespace

std::optional<std::chrono::nanoseconds> Compressor::due() const {
  if (!policy_.after) return std::nullopt;
  return due_;
}

bool Compressor::step() {
  const std::optional<std::chrono::nanoseconds> due = this->due();
  if (!due || *due > clock_.monotonic()) return false;
  if (compression_ == nullptr && !begin()) {
    due_ = clock_.monotonic() + kLookInterval;
    return false;
  }
  const Result<bool> done = compression_->step();
  due_ = clock_.monotonic() + io::time_for(compression_->moved_bytes(), policy_.bytes_per_second);
  if (!done) {
    fail(done.assume_error());
  } else if (done.assume_value()) {
    end();
  }
  return true;
}

bool Compressor::begin() {
  const auto set = log_.segments();
  for (const std::shared_ptr<log::Segment>& segment : set->all()) {
    if (!segment->sealed() || segment->image() != nullptr) continue;
    if (!is_old(*segment)) return false;  // those behind it are younger
    if (left_plain_.contains(segment->header().id)) continue;
    compression_ =
        std::make_unique<log::Compression>(directory_, segment, log_.decoded(), policy_.settings);
    return true;
  }
  return false;
}

bool Compressor::is_old(const log::Segment& segment) const {
  const auto age = static_cast<std::uint64_t>(std::chrono::nanoseconds(*policy_.after).count());
  const std::uint64_t now = clock_.now().value();
  return now >= age && segment.footer().last_time.value() <= now - age;
}

void Compressor::end() {
  const std::shared_ptr<log::Segment> segment = compression_->segment();
  if (compression_->compressed() != nullptr) {
    log_.replace(std::span(&segment, 1), compression_->compressed());
  } else {
    left_plain_.insert(segment->header().id);
  }
  compression_.reset();
}

void Compressor::fail(const Error& error) {
  // The disk may have space again, or the file be readable; what does not read as it was written is for a person.
  if (error.code() == Errc::corrupt) left_plain_.insert(compression_->segment()->header().id);
  give_up();
  due_ = clock_.monotonic() + kLookInterval;
}

void Compressor::give_up() {
  if (compression_ == nullptr) return;
  compression_->abandon();
  compression_.reset();
}

}  // namespace esker::store
