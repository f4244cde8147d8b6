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

/// Commits of 1,000 events, against the bandwidth of raw writes of the size that the groups turned out to have.
std::vector<Row> large_appends(const Setup& setup, Store& store, int in_flight) {
  const auto time = setup.effort.round_time();
  const StoreInfo before = store.info();
  append_in_flight(store, in_flight, kLargeCommit, time);
  const std::uint64_t bytes = group_bytes_since(store, before);
  const Pair pair = in_turn(
      setup.effort.rounds, [&] { return setup.disk.write_and_sync(bytes, time); },
      [&] { return append_in_flight(store, in_flight, kLargeCommit, time); });
  const std::string size = kibibytes(bytes);
  Row row{"append",    "1,000-event commits, " + std::to_string(in_flight) + " in flight",
          pair.result, "raw write+sync of " + size,
          {},          {}};
  row.ratio = pair.result.bytes_per_second / pair.limit.bytes_per_second;
  row.goals.push_back(
      {"at least 50% of the bytes/s of raw write+sync at that size", *row.ratio, 0.5});
  return {plain("disk", "raw write+sync, " + size, pair.limit), std::move(row)};
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
  for (const int in_flight : {1, 4}) {
    for (Row& row : large_appends(setup, store, in_flight)) rows.push_back(std::move(row));
  }
  must(store.close());
  return rows;
}

}  // namespace esker::bench
