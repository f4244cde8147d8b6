#include "es_tool/copy_command.hpp"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "common/number_text.hpp"
#include "common/progress.hpp"
#include "common/utc_time.hpp"
#include "es_tool/file_watch.hpp"
#include "es_tool/json_object.hpp"
#include "es_tool/offline_store.hpp"
#include "format/watermark.hpp"
#include "index/run_files.hpp"
#include "log/store_copy.hpp"
#include "proof/tree_copy.hpp"
#include "store/lock_file.hpp"

namespace esker::tools {
namespace {

constexpr std::uint64_t kRateBytesMin = 64 << 20;

/// The store to copy, for this process alone if nobody has it.
struct Source {
  std::unique_ptr<io::Directory> directory;
  std::optional<store::LockFile> lock;  ///< Nothing: another process has the store open.
};

Result<Source> open_source(const std::string& path) {
  Source source;
  ESKER_TRY(source.directory, open_store_directory(path));
  Result<store::LockFile> lock = store::LockFile::take(*source.directory, lock_owner());
  if (lock) {
    source.lock = std::move(lock).assume_value();
    return source;
  }
  if (lock.assume_error().code() != Errc::locked) return std::move(lock).assume_error();
  // A server only appends, but a tool may be mending what would be copied.
  if (store::LockFile::owner(*source.directory).starts_with("es-tool")) {
    return std::move(lock).assume_error();
  }
  return source;
}

Result<log::CopyLimit> limit_of(const std::string& at) {
  log::CopyLimit limit;
  if (at.empty()) return limit;
  if (const std::optional<std::uint64_t> position = parse_number(at)) {
    limit.position = Position(*position);
    return limit;
  }
  const std::optional<Timestamp> time = parse_utc_time(at);
  if (!time) {
    return Error(Errc::invalid_argument,
                 "--at " + at + ": neither a position nor a time in UTC such as 2026-01-31T12:30");
  }
  limit.time = *time;
  return limit;
}

/// The runs of these segments alone that count (format-spec.md, "Run").
std::vector<std::string> runs_of(const std::vector<std::string>& names,
                                 std::span<const index::SegmentKey> sealed) {
  std::vector<std::string> runs;
  for (const index::RunFileName& run : index::sort_run_files(names, sealed).usable) {
    runs.push_back(index::run_file_name(run.first, run.last));
  }
  return runs;
}

log::CopyCallbacks callbacks_for(io::Directory& source, io::Directory& target,
                                 const log::CopyOptions& options, Progress& progress,
                                 FileWatch& watermark) {
  return {
      .derived_files = runs_of,
      .other_files =
          [&](log::CopyReport& report) {
            return proof::copy_tree_files(source, target, options, report);
          },
      .on_progress = [&progress](std::uint64_t done,
                                 std::uint64_t total) { progress.update(done, total, done >> 20); },
      .wait = [&watermark](std::chrono::nanoseconds time) { watermark.wait(time); }};
}

/// What was done, and how long it took.
struct Done {
  log::CopyReport report{};
  bool live = false;
  bool verified = false;
  std::chrono::nanoseconds duration{0};

  [[nodiscard]] std::uint64_t bytes_per_s() const {
    const double seconds = std::chrono::duration<double>(duration).count();
    return seconds > 0
               ? static_cast<std::uint64_t>(static_cast<double>(report.bytes_read) / seconds)
               : 0;
  }
};

void add_bytes(std::string& out, std::uint64_t bytes, std::string_view what) {
  if (bytes == 0) return;
  out += ", " + as_bytes_text(bytes) + " " + std::string(what);
}

void print_text(std::string& out, std::string_view title, const Done& done) {
  const log::CopyReport& report = done.report;
  if (report.begun_again) out += "an unfinished copy has been removed first\n";
  out += std::string(title) + ": ";
  if (report.last == Position()) {
    out += "no events";
  } else {
    out += "events up to position " + std::to_string(report.last.value()) + " of " +
           to_rfc3339(report.last_time);
  }
  if (report.last < report.source_last) {
    out += " (of " + std::to_string(report.source_last.value()) + ")";
  }
  add_bytes(out, report.bytes_linked, "linked");
  add_bytes(out, report.bytes_base, "linked from the base");
  add_bytes(out, report.bytes_shared, "in shared blocks");
  add_bytes(out, report.bytes_copied, "copied");
  out += done.verified ? ", all verified; " : "; ";
  out += as_duration_text(done.duration);
  // Of little the rate says nothing.
  if (report.bytes_read >= kRateBytesMin) out += ", " + as_bytes_text(done.bytes_per_s()) + "/s";
  out += '\n';
}

void print_json(std::string& out, const Done& done) {
  const log::CopyReport& report = done.report;
  JsonObject object(out);
  object.add("store", report.store.to_string());
  object.add("incarnation", report.incarnation.value());
  object.add("last_position", report.last.value());
  if (report.last != Position()) object.add("last_time", to_rfc3339(report.last_time));
  object.add("source_last_position", report.source_last.value());
  object.add("source_in_use", done.live);
  object.add("segments", report.segments);
  object.add("bytes", report.bytes());
  object.add("bytes_linked", report.bytes_linked);
  object.add("bytes_linked_from_base", report.bytes_base);
  object.add("bytes_in_shared_blocks", report.bytes_shared);
  object.add("bytes_copied", report.bytes_copied);
  object.add("bytes_read", report.bytes_read);
  object.add("verified", done.verified);
  object.add("begun_again", report.begun_again);
  object.add("duration_us", static_cast<std::uint64_t>(done.duration.count()) / 1000);
  object.end();
  out += '\n';
}

}  // namespace

Result<ExitCode> run_copy(const CopyCommand& command, const EsToolOptions& options,
                          Output& output) {
  io::Clock& clock = io::system_clock();
  const std::chrono::nanoseconds begin = clock.monotonic();
  log::CopyOptions copy;
  ESKER_TRY(copy.limit, limit_of(options.at));
  copy.real_copies = options.copy;
  copy.verify = command.verify;
  copy.base = command.base;
  ESKER_TRY(const Source source, open_source(options.directory));
  copy.source_locked = source.lock.has_value();
  ESKER_TRY(const io::OpenedDirectory target,
            io::open_directory(options.target, {.create = true, .allow_remote = true}));
  // First, so that nothing is left in a directory that was given by mistake.
  ESKER_TRY(log::check_copy_target(*target.directory));
  ESKER_TRY(const store::LockFile lock, store::LockFile::take(*target.directory, lock_owner()));
  Progress progress("copying", "MiB");
  FileWatch watermark(options.directory + "/" + std::string(format::kWatermarkFileName));
  log::CopyCallbacks callbacks =
      callbacks_for(*source.directory, *target.directory, copy, progress, watermark);
  Done done{.live = !copy.source_locked, .verified = copy.verify};
  ESKER_TRY(done.report,
            log::copy_store(*source.directory, *target.directory, clock, copy, callbacks));
  progress.hide();
  done.duration = clock.monotonic() - begin;
  if (options.json) {
    print_json(output.text(), done);
  } else {
    print_text(output.text(), command.title, done);
  }
  return ExitCode::done;
}

}  // namespace esker::tools
