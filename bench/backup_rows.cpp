#include "big_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <iostream>
#include <system_error>

#include "in_process.hpp"
#include "io/directory.hpp"
#include "load.hpp"
#include "log/store_copy.hpp"
#include "log/verify.hpp"
#include "scale/files.hpp"
#include "scale/rows.hpp"
#include "scratch_directory.hpp"

namespace esker::bench {

namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 3;
constexpr std::size_t kPieceBytes = 1 << 20;
constexpr off_t kPieceStep = kPieceBytes;
constexpr off_t kPiecesAhead = 4;
constexpr double kShareNeeded = 0.8;
constexpr double kStayedMax = 0.1;

[[noreturn]] void fail(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

/// An open file that is closed again.
class RawFile {
 public:
  RawFile(const fs::path& path, int flags) : descriptor_(::open(path.c_str(), flags, 0600)) {
    if (descriptor_ < 0) fail("open");
  }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  ~RawFile() { ::close(descriptor_); }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::vector<fs::path> segments_in(const std::string& directory) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".segment") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

/// Reads a file from front to back, and writes what it reads to `to`, if that is not less than 0.
std::uint64_t pass(int from, int to) {
  ::posix_fadvise(from, 0, 0, POSIX_FADV_SEQUENTIAL);
  std::vector<std::byte> piece(kPieceBytes);
  std::uint64_t bytes = 0;
  while (true) {
    // A few pieces ahead, so that the disk has always something to do.
    for (off_t ahead = bytes == 0 ? 1 : kPiecesAhead; ahead <= kPiecesAhead; ++ahead) {
      ::posix_fadvise(from, static_cast<off_t>(bytes) + ahead * kPieceStep, kPieceStep,
                      POSIX_FADV_WILLNEED);
    }
    const ssize_t count = ::read(from, piece.data(), piece.size());
    if (count < 0) fail("read");
    if (count == 0) break;
    if (to >= 0 && ::write(to, piece.data(), static_cast<std::size_t>(count)) != count) {
      fail("write");
    }
    bytes += static_cast<std::uint64_t>(count);
  }
  if (to >= 0 && ::fsync(to) != 0) fail("fsync");
  return bytes;
}

std::uint64_t raw_read(const std::string& directory) {
  std::uint64_t bytes = 0;
  for (const fs::path& path : segments_in(directory)) {
    const RawFile from(path, O_RDONLY | O_CLOEXEC);
    bytes += pass(from.descriptor(), -1);
  }
  return bytes;
}

std::uint64_t raw_copy(const std::string& directory, const std::string& target) {
  std::uint64_t bytes = 0;
  for (const fs::path& path : segments_in(directory)) {
    const RawFile from(path, O_RDONLY | O_CLOEXEC);
    const RawFile to(fs::path(target) / path.filename(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
    bytes += pass(from.descriptor(), to.descriptor());
  }
  return bytes;
}

std::unique_ptr<io::Directory> open(const std::string& path) {
  return must(io::open_directory(path, {})).directory;
}

std::uint64_t verify(const std::string& directory) {
  log::VerifyCallbacks callbacks{.on_fault = [](const log::Finding&) {},
                                 .on_note = [](const log::Finding&) {},
                                 .on_progress = [](std::uint64_t, std::uint64_t) {}};
  const log::VerifyReport report = must(log::verify_log(*open(directory), callbacks));
  if (report.faults > 0) throw std::runtime_error(directory + ": faults were found");
  return report.bytes;
}

log::CopyReport copy(const std::string& directory, const std::string& target,
                     const log::CopyOptions& options) {
  log::CopyCallbacks callbacks{
      .derived_files = [](const std::vector<std::string>&, std::span<const format::SegmentKey>)
          -> std::vector<std::string> { return {}; },
      .on_progress = [](std::uint64_t, std::uint64_t) {},
      .wait = [](std::chrono::nanoseconds) {}};
  return must(
      log::copy_store(*open(directory), *open(target), io::system_clock(), options, callbacks));
}

/// The store, and what was left in memory of it when it should have been dropped.
struct Subject {
  const std::string& directory;
  double stayed = 0;
};

/// What `run` does, which answers how many bytes, on files that are not in memory; into a directory of its own.
Measured cold(Subject& subject, const std::function<std::uint64_t(const std::string&)>& run) {
  const ScratchDirectory target(fs::path(subject.directory).parent_path().string());
  subject.stayed = std::max(subject.stayed, drop_page_cache(subject.directory));
  const auto begin = BenchClock::now();
  const std::uint64_t bytes = run(target.path());
  const double seconds = std::chrono::duration<double>(BenchClock::now() - begin).count();
  return {.per_second = 1 / seconds, .bytes_per_second = static_cast<double>(bytes) / seconds};
}

void add_pair(std::vector<Row>& rows, Subject& subject, const std::string& limit_name,
              const std::string& name,
              const std::function<std::uint64_t(const std::string&)>& limit,
              const std::function<std::uint64_t(const std::string&)>& result) {
  std::cerr << "es-bench: " << name << "\n";
  const Pair pair = in_turn(
      kRounds, [&] { return cold(subject, limit); }, [&] { return cold(subject, result); });
  const double ratio = pair.result.bytes_per_second / pair.limit.bytes_per_second;
  rows.push_back({.subject = "disk", .name = limit_name, .measured = pair.limit});
  rows.push_back({.subject = "copy",
                  .name = name,
                  .measured = pair.result,
                  .limit = limit_name,
                  .ratio = ratio,
                  .goals = {{"at least 80% of " + limit_name, ratio, kShareNeeded}}});
}

}  // namespace

Report measure_backup(const BigStore& options) {
  const ScratchDirectory scratch(options.directory);
  const std::string directory = scratch.path() + "/store";
  std::cerr << "es-bench: filling a store with " << grouped(options.events) << " events\n";
  const FilledStore filled(directory, options.events);
  Report report;
  report.file_system = must(Store::open(directory)).open_report().file_system;
  Subject subject{directory};

  const auto raw = [&](const std::string&) { return raw_read(directory); };
  add_pair(report.rows, subject, "reading the segments in order", "es-tool verify", raw,
           [&](const std::string&) { return verify(directory); });
  add_pair(report.rows, subject, "reading the segments in order again",
           "es-tool backup, linked and checked", raw,
           [&](const std::string& to) { return copy(directory, to, {}).bytes_read; });
  add_pair(
      report.rows, subject, "copying the segments in order", "es-tool backup --copy, checked",
      [&](const std::string& to) { return raw_copy(directory, to); },
      [&](const std::string& to) { return copy(directory, to, {.real_copies = true}).bytes_read; });

  log::CopyOptions unchecked;
  unchecked.verify = false;
  const Measured branch =
      cold(subject, [&](const std::string& to) { return copy(directory, to, unchecked).bytes(); });
  Row row{.subject = "copy", .name = "es-tool branch, milliseconds"};
  row.amount = Amount{1000 / branch.per_second, Unit::count};
  report.rows.push_back(row);
  if (subject.stayed > kStayedMax) {
    report.rows.front().name += " (from memory: the page cache could not be dropped)";
  }
  return report;
}

}  // namespace esker::bench
