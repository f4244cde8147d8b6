#include "log/copy_proof.hpp"

#include "log/watermark_file.hpp"

namespace esker::log {
namespace {

using std::chrono::milliseconds;

constexpr io::Site kSync{"log.copy_sync_source"};

/// Three times the watermark's usual interval.
constexpr milliseconds kWaitMax{3000};
/// What waits may be ended earlier by the watermark's being written.
constexpr milliseconds kWait{100};

}  // namespace

Result<void> prove_durable(io::Directory& directory, io::Clock& clock, const CopySource& source,
                           Position last, UniqueFunction<void(std::chrono::nanoseconds)>& wait) {
  if (source.proven >= last) return ok();
  const std::chrono::nanoseconds end = clock.monotonic() + kWaitMax;
  while (clock.monotonic() < end) {
    wait(kWait);
    ESKER_TRY(const WatermarkFile watermark, WatermarkFile::open(directory));
    if (watermark.found() && watermark.found()->position >= last) return ok();
  }
  // Those before it were synced before it was begun (R1).
  return source.segments.back().file->sync_data(kSync);
}

}  // namespace esker::log
