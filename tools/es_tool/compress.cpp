#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "common/number_text.hpp"
#include "common/progress.hpp"
#include "es_tool/commands.hpp"
#include "es_tool/json_object.hpp"
#include "es_tool/offline_store.hpp"
#include "esker/options.hpp"
#include "io/clock.hpp"
#include "io/guarded_read.hpp"
#include "log/compression.hpp"
#include "log/log.hpp"

namespace esker::tools {
namespace {

/// Records that are read to tell what a read costs.
constexpr std::uint64_t kProbes = 200;

struct Compressed {
  std::uint64_t segments = 0;          ///< Compressed by this run,
  std::uint64_t segments_before = 0;   ///< or before,
  std::uint64_t segments_young = 0;    ///< or not old enough,
  std::uint64_t segments_useless = 0;  ///< or with too little to gain.
  std::uint64_t bytes_before = 0;      ///< Of the files of those compressed by this run.
  std::uint64_t bytes_after = 0;
  std::chrono::nanoseconds took{0};
  std::chrono::nanoseconds read_plain{0};       ///< One record.
  std::chrono::nanoseconds read_compressed{0};  ///< The same, nothing of it decoded before.
  std::uint64_t read_all_bytes_per_second = 0;
};

class Compressor {
 public:
  Compressor(io::Directory& directory, log::Log& log, io::Clock& clock,
             const EsToolOptions& options)
      : directory_(directory), log_(log), clock_(clock), options_(options) {}

  Result<Compressed> run() {
    const std::chrono::nanoseconds begin = clock_.monotonic();
    const auto set = log_.segments();
    choose(*set);
    for (const std::shared_ptr<log::Segment>& segment : chosen_) {
      ESKER_TRY(compress(segment));
    }
    compressed_.took = clock_.monotonic() - begin;
    ESKER_TRY(probe());
    return compressed_;
  }

 private:
  void choose(const log::SegmentSet& set) {
    const std::uint64_t now = clock_.now().value();
    const std::uint64_t age = options_.older_than_seconds * 1'000'000'000;
    for (const std::shared_ptr<log::Segment>& segment : set.all()) {
      if (!segment->sealed()) continue;
      if (segment->image() != nullptr) {
        ++compressed_.segments_before;
      } else if (now - std::min(now, segment->footer().last_time.value()) < age) {
        ++compressed_.segments_young;
      } else {
        chosen_.push_back(segment);
        total_ += segment->stored_bytes();
      }
    }
  }

  Result<void> compress(const std::shared_ptr<log::Segment>& segment) {
    log::Compression compression(directory_, segment, log_.decoded(), {.level = options_.level});
    while (true) {
      Result<bool> done = compression.step();
      if (!done) {
        compression.abandon();
        return std::move(done).assume_error();
      }
      done_ += compression.moved_bytes() / 2;  // compressed, then compared
      progress_.update(std::min(done_, total_), total_, done_ >> 20);
      if (done.assume_value()) break;
    }
    if (compression.compressed() == nullptr) {
      ++compressed_.segments_useless;
      return ok();
    }
    ++compressed_.segments;
    compressed_.bytes_before += segment->stored_bytes();
    compressed_.bytes_after += compression.compressed()->stored_bytes();
    last_plain_ = segment;
    last_ = compression.compressed();
    log_.replace(std::span(&segment, 1), compression.compressed());
    return ok();
  }

  /// What reading costs now, measured on the segment that was compressed last, whose files are in the system's cache.
  Result<void> probe() {
    if (last_ == nullptr) return ok();
    std::mt19937_64 random(1);
    const std::uint64_t records = last_->footer().records;
    for (std::uint64_t i = 0; i < kProbes; ++i) {
      const Position position = last_->first().plus(random() % records);
      const std::shared_ptr<log::Segment> cold = last_->fresh();
      ESKER_TRY(cold->read(cold->first()));  // dictionary and block table stay in memory, too
      ESKER_TRY(compressed_.read_plain, time_of(*last_plain_, position, compressed_.read_plain));
      ESKER_TRY(compressed_.read_compressed, time_of(*cold, position, compressed_.read_compressed));
    }
    compressed_.read_plain /= kProbes;
    compressed_.read_compressed /= kProbes;
    const std::shared_ptr<log::Segment> cold = last_->fresh();
    const std::chrono::nanoseconds begin = clock_.monotonic();
    for (Position at = cold->first(); at < cold->end();) {
      ESKER_TRY(const format::RecordView record, cold->read(at));
      at = record.end();
    }
    const std::chrono::nanoseconds took = clock_.monotonic() - begin;
    compressed_.read_all_bytes_per_second =
        static_cast<std::uint64_t>(static_cast<double>(cold->footer().records_end.value()) /
                                   std::max(1e-9, std::chrono::duration<double>(took).count()));
    return ok();
  }

  Result<std::chrono::nanoseconds> time_of(const log::Segment& segment, Position position,
                                           std::chrono::nanoseconds so_far) {
    const std::chrono::nanoseconds begin = clock_.monotonic();
    ESKER_TRY(segment.read(position));
    return so_far + (clock_.monotonic() - begin);
  }

  io::Directory& directory_;
  log::Log& log_;
  io::Clock& clock_;
  const EsToolOptions& options_;
  Progress progress_{"compressing", "MiB"};
  Compressed compressed_;
  std::vector<std::shared_ptr<log::Segment>> chosen_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  std::shared_ptr<log::Segment> last_plain_;
  std::shared_ptr<log::Segment> last_;
};

std::string tenths(double number) {
  const auto rounded = static_cast<std::uint64_t>(number * 10 + 0.5);
  return std::to_string(rounded / 10) + "." + std::to_string(rounded % 10);
}

std::string microseconds(std::chrono::nanoseconds time) {
  return tenths(static_cast<double>(time.count()) / 1000) + " µs";
}

void print_json(std::string& out, const Compressed& it) {
  JsonObject object(out);
  object.add("segments", it.segments);
  object.add("segments_compressed_before", it.segments_before);
  object.add("segments_too_young", it.segments_young);
  object.add("segments_left_plain", it.segments_useless);
  object.add("bytes_before", it.bytes_before);
  object.add("bytes_after", it.bytes_after);
  object.add("took_ns", static_cast<std::uint64_t>(it.took.count()));
  object.add("read_plain_ns", static_cast<std::uint64_t>(it.read_plain.count()));
  object.add("read_compressed_ns", static_cast<std::uint64_t>(it.read_compressed.count()));
  object.add("read_all_bytes_per_second", it.read_all_bytes_per_second);
  object.end();
  out += '\n';
}

void print_text(std::string& out, const Compressed& it) {
  out += "compressed " + counted(it.segments, "segment") + " in " + as_duration_text(it.took);
  if (it.segments > 0) {
    out += ": " + as_bytes_text(it.bytes_before) + " became " + as_bytes_text(it.bytes_after) +
           ", " +
           tenths(static_cast<double>(it.bytes_before) / static_cast<double>(it.bytes_after)) +
           " times less";
  }
  out += "\n";
  if (it.segments_before > 0) {
    out += "already compressed: " + with_separators(it.segments_before) + "\n";
  }
  if (it.segments_young > 0) out += "too young: " + with_separators(it.segments_young) + "\n";
  if (it.segments_useless > 0) {
    out += "too little to gain: " + with_separators(it.segments_useless) + "\n";
  }
  if (it.segments == 0) return;
  out += "a random read takes " + microseconds(it.read_compressed) + " instead of " +
         microseconds(it.read_plain) +
         " when its block has not been decoded; reading all goes at " +
         as_bytes_text(it.read_all_bytes_per_second) + "/s\n";
}

}  // namespace

Result<ExitCode> run_compress(const EsToolOptions& options, Output& output) {
  // It reads mapped segments without a Store, which would see to that.
  io::install_mapped_read_guard();
  ESKER_TRY(const OfflineStore store, OfflineStore::open(options.directory));
  io::Clock& clock = io::system_clock();
  log::LogOptions log_options;
  log_options.segment_bytes = StoreOptions().segment_bytes;
  log_options.segment_bytes_first = StoreOptions().segment_bytes_first;
  log_options.create = false;
  ESKER_TRY(const std::unique_ptr<log::Log> log,
            log::Log::open(store.directory(), clock, log_options));
  ESKER_TRY(const Compressed compressed, Compressor(store.directory(), *log, clock, options).run());
  ESKER_TRY(log->close());
  if (options.json) {
    print_json(output.text(), compressed);
  } else {
    print_text(output.text(), compressed);
  }
  return ExitCode::done;
}

}  // namespace esker::tools
