#include <algorithm>

#include "load.hpp"
#include "subjects.hpp"

namespace esker::bench {

namespace {

constexpr double kEnoughToRead = 2e9;  // bytes/s

Row read_row(std::string name, const Measured& measured, const Measured& memory) {
  Row row{"read", std::move(name), measured, "memory copy", {}, {}};
  row.ratio = measured.bytes_per_second / memory.bytes_per_second;
  return row;
}

}  // namespace

std::vector<Row> measure_reads(const Setup& setup, FilledStore& filled) {
  const auto time = setup.effort.round_time();
  std::vector<Row> rows;
  const Pair all = in_turn(
      setup.effort.rounds, [&] { return copy_memory(time); },
      [&] { return filled.read({.selector = Selector::all()}, time); });
  rows.push_back({"memory", "copy", all.limit, {}, {}, {}});
  rows.back().measured.per_second =
      0;  // the size of the copied block is ours, its count says nothing

  Row whole = read_row("all", all.result, all.limit);
  const double needed = std::min(kEnoughToRead, all.limit.bytes_per_second / 2);
  whole.goals.push_back({"at least 2 GB/s or 50% of a memory copy", all.result.bytes_per_second,
                         needed, Unit::bytes_per_second});
  rows.push_back(std::move(whole));

  const Query backwards{
      .selector = Selector::all(), .direction = Direction::backwards, .from = Query::kEnd};
  rows.push_back(read_row("all, backwards", filled.read(backwards, time), all.limit));
  const Query stream{.selector = Selector::stream(FilledStore::stream_name(7))};
  rows.push_back(read_row("one stream of a hundred", filled.read(stream, time), all.limit));
  const Query category{.selector = Selector::category("order")};
  rows.push_back(read_row("a category, of all events", filled.read(category, time), all.limit));

  rows.push_back(
      {"open", std::to_string(filled.events()) + " events", filled.open(time), {}, {}, {}});
  const ScratchDirectory scratch(setup.directory);
  FilledStore small(scratch.path(), 1);
  rows.push_back(
      {"open", std::to_string(small.events()) + " events", small.open(time), {}, {}, {}});
  return rows;
}

}  // namespace esker::bench
