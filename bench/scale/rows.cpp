#include "scale/rows.hpp"

#include <cmath>
#include <cstddef>

namespace esker::bench {

namespace {

constexpr double kRateKept = 0.9;
constexpr double kMemoryBytesMax = 1 << 30;
constexpr double kOpenUsMax = 1e6;
constexpr double kOpenGrowthMax = 2;
constexpr double kWarmUsMax = 100;
constexpr double kColdPagesMax = 4;
/// More than this share of the files' pages in memory, and nothing was cold.
constexpr double kStayedMax = 0.1;

std::string of_events(const Aged& aged) { return grouped(aged.events) + " events"; }

/// The same at both sizes: the large store's latency is held against the small one's.
void add_both(std::vector<Row>& rows, const std::string& subject, const std::string& small_name,
              const Measured& small, const std::string& large_name, const Measured& large) {
  rows.push_back({.subject = subject, .name = small_name, .measured = small});
  rows.push_back({.subject = subject,
                  .name = large_name,
                  .measured = large,
                  .limit = "the small store's p50",
                  .ratio = large.p50_us / small.p50_us});
}

void add_filling(std::vector<Row>& rows, const Findings& found) {
  const Fill& filled = found.large.filled;
  for (const Aged* aged : {&found.small, &found.large}) {
    rows.push_back({.subject = "append",
                    .name = of_events(*aged) + " into " + grouped(aged->streams) + " streams",
                    .measured = aged->filled.whole});
    rows.back().measured.p50_us = 0;
  }
  Row first{.subject = "append", .name = "the first tenth of them"};
  first.measured.per_second = filled.tenths.front();
  rows.push_back(first);
  Row last{.subject = "append", .name = "the last tenth of them"};
  last.measured.per_second = filled.tenths.back();
  last.limit = first.name;
  last.ratio = filled.tenths.back() / filled.tenths.front();
  last.goals.push_back({"at least 90% of the first tenth's rate", *last.ratio, kRateKept});
  rows.push_back(last);
}

void add_memory(std::vector<Row>& rows, const Aged& aged) {
  const auto add = [&](std::string name, std::uint64_t bytes) {
    const auto value = static_cast<double>(bytes);
    Row row = amount_row("memory", std::move(name), value, Unit::bytes);
    row.goals.push_back({"less than 1 GiB", value, kMemoryBytesMax, Unit::bytes, true});
    rows.push_back(std::move(row));
  };
  add("apart from mapped files, while appending", aged.filling_memory_bytes);
  add("apart from mapped files, while reading", aged.reading_memory_bytes);
}

void add_opening(std::vector<Row>& rows, const Findings& found, const std::string& when,
                 const Opening Aged::*opening) {
  const auto name = [&](const Aged& aged) {
    return of_events(aged) + ", " + when + ", " + grouped((aged.*opening).unsealed_events) +
           " in the active segment";
  };
  const Measured& small = (found.small.*opening).measured;
  const Measured& large = (found.large.*opening).measured;
  add_both(rows, "open", name(found.small), small, name(found.large), large);
  Row& row = rows.back();
  row.goals.push_back({"less than 1 s", large.p50_us, kOpenUsMax, Unit::microseconds, true});
  row.goals.push_back(
      {"at most 2 × that at a hundredth", *row.ratio, kOpenGrowthMax, Unit::ratio, true});
}

void add_reads(std::vector<Row>& rows, const Findings& found) {
  const std::string name = "a random stream of 10";
  add_both(rows, "read", name + ", small store, warm", found.small.read_warm, name + ", warm",
           found.large.read_warm);
  rows.back().goals.push_back(
      {"p99 less than 100 µs", found.large.read_warm.p99_us, kWarmUsMax, Unit::microseconds, true});

  const ColdReads& cold = found.cold;
  const std::string page = "random 4 KiB page, cold";
  rows.push_back({.subject = "disk", .name = page, .measured = cold.page});
  std::string how = "cold";
  if (cold.stayed > kStayedMax) {
    how += " in name only: " + std::to_string(std::lround(cold.stayed * 100)) +
           "% of the pages stayed in memory";
  }
  const auto add = [&](const std::string& what, const Measured& measured) {
    const double pages = measured.p99_us / cold.page.p50_us;
    Row row{.subject = "read",
            .name = what + ", " + how,
            .measured = measured,
            .limit = "p50 of a page, by p99",
            .ratio = pages};
    row.goals.push_back({"p99 at most 4 page reads' p50", pages, kColdPagesMax, Unit::ratio, true});
    rows.push_back(std::move(row));
  };
  add(name, cold.stream);
  add("each event of such a stream", cold.event);
  rows.push_back(
      amount_row("disk", "bytes read for a stream, " + how, cold.stream_bytes, Unit::bytes));
}

void add_sizes(std::vector<Row>& rows, const Findings& found) {
  const StoreInfo& info = found.large.info;
  const auto events = static_cast<double>(info.head.value());
  const double indexed = events - static_cast<double>(found.large.killed.unsealed_events);
  rows.push_back(
      amount_row("log", "an event", static_cast<double>(info.log_bytes) / events, Unit::bytes));
  if (indexed > 0) {
    rows.push_back(amount_row("index", "an event in runs",
                              static_cast<double>(info.index_bytes) / indexed, Unit::bytes));
  }
  rows.push_back(amount_row("index", "runs", static_cast<double>(info.runs), Unit::count));
  rows.push_back({.subject = "index",
                  .name = "opening without it, so that it is made again",
                  .measured = found.index_made_again});
}

}  // namespace

std::vector<Row> rows_of(const Findings& found) {
  std::vector<Row> rows;
  add_filling(rows, found);
  add_memory(rows, found.large);
  add_opening(rows, found, "closed in order", &Aged::clean);
  add_opening(rows, found, "killed", &Aged::killed);
  add_reads(rows, found);
  add_both(rows, "append", "a random old one again, small store", found.small.retried,
           "a random old one again", found.large.retried);
  rows.push_back({.subject = "disk", .name = "raw write+sync, 4 KiB", .measured = found.raw_sync});
  add_both(rows, "append", "a new one to a random old stream, small store", found.small.appended,
           "a new one to a random old stream", found.large.appended);
  add_sizes(rows, found);
  return rows;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

}  // namespace esker::bench
