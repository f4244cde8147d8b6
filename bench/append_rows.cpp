#include <cmath>

#include "load.hpp"
#include "subjects.hpp"

namespace esker::bench {

namespace {

constexpr std::size_t kSmallestWrite = 4 << 10;
constexpr std::size_t kRawSizes[] = {kSmallestWrite, 64 << 10, 256 << 10, 1 << 20};
constexpr std::size_t kLargeCommit = 1000;

Row plain(std::string subject, std::string name, Measured measured) {
  return {std::move(subject), std::move(name), measured, {}, {}, {}};
}

std::string kibibytes(std::size_t bytes) {
  return std::to_string(static_cast<long>(std::lround(static_cast<double>(bytes) / 1024))) + " KiB";
}

/// One event from each of many callers, against the rate of raw syncs of the smallest size.
Row small_appends(const Setup& setup, std::string name, int callers,
                  const std::function<Measured()>& append) {
  const Pair pair = in_turn(
      setup.effort.rounds,
      [&] { return setup.disk.write_and_sync(kSmallestWrite, setup.effort.round_time()); }, append);
  Row row{"append", std::move(name), pair.result, "raw 4 KiB syncs", {}, {}};
  row.ratio = pair.result.per_second / pair.limit.per_second;
  if (callers == 64)
    row.goals.push_back({"at least 20× the raw single-write sync rate", *row.ratio, 20});
  return row;
}

/// What a commit of 1,000 events takes in the log.
std::size_t large_commit_bytes(Store& store) {
  const std::uint64_t before = store.info().log_bytes;
  Commit commit(0, kLargeCommit);
  must(store.append(commit.streams()));
  return store.info().log_bytes - before;
}

/// Commits of 1,000 events, against the bandwidth of raw writes of a commit's size.
Row large_appends(const Setup& setup, Store& store, std::size_t commit_bytes, int in_flight) {
  const auto time = setup.effort.round_time();
  const Pair pair = in_turn(
      setup.effort.rounds, [&] { return setup.disk.write_and_sync(commit_bytes, time); },
      [&] { return append_in_flight(store, in_flight, kLargeCommit, time); });
  Row row{"append",    "1,000-event commits, " + std::to_string(in_flight) + " in flight",
          pair.result, "raw write+sync of " + kibibytes(commit_bytes),
          {},          {}};
  row.ratio = pair.result.bytes_per_second / pair.limit.bytes_per_second;
  row.goals.push_back(
      {"at least 50% of the bytes/s of raw write+sync at that size", *row.ratio, 0.5});
  return row;
}

}  // namespace

std::vector<Row> measure_appends(const Setup& setup) {
  const auto time = setup.effort.round_time();
  std::vector<Row> rows;
  for (const std::size_t bytes : kRawSizes) {
    rows.push_back(plain("disk", "raw write+sync, " + kibibytes(bytes),
                         setup.disk.write_and_sync(bytes, time)));
  }
  const ScratchDirectory scratch(setup.directory);
  Store store = must(Store::open(scratch.path()));
  rows.push_back(small_appends(setup, "1 event, 1 caller", 1,
                               [&] { return append_from_threads(store, 1, 1, time); }));
  rows.push_back(small_appends(setup, "1 event, 64 callers (threads)", 64,
                               [&] { return append_from_threads(store, 64, 1, time); }));
  rows.push_back(small_appends(setup, "1 event, 64 callers (asynchronous)", 64,
                               [&] { return append_in_flight(store, 64, 1, time); }));
  const std::size_t commit_bytes = large_commit_bytes(store);
  rows.push_back(plain("disk", "raw write+sync, " + kibibytes(commit_bytes),
                       setup.disk.write_and_sync(commit_bytes, time)));
  for (const int in_flight : {1, 4}) {
    rows.push_back(large_appends(setup, store, commit_bytes, in_flight));
  }
  must(store.close());
  return rows;
}

}  // namespace esker::bench
