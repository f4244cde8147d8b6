#include <algorithm>
#include <filesystem>
#include <iostream>
#include <random>
#include <stdexcept>

#include "big_store.hpp"
#include "in_process.hpp"
#include "load.hpp"
#include "scratch_directory.hpp"

namespace esker::bench {
namespace {

constexpr std::uint64_t kProbes = 1000;
constexpr int kRounds = 5;
constexpr std::chrono::nanoseconds kTimeOfEvent(2000);  // of a round, up to two seconds
constexpr double kShareOfAppends = 0.95;
constexpr double kMicrosecondsMax = 5000;

Store open(const std::string& directory, bool proofs) {
  StoreOptions options;
  options.proofs = proofs;
  return must(Store::open(directory, options));
}

/// The same appends to a store that keeps a tree and to one that does not, in turn.
template <class Append>
void compare_appends(const std::string& directory, const std::string& name, Append append,
                     std::vector<Row>& rows) {
  Store without = open(directory + "/without", false);
  Store with = open(directory + "/with", true);
  const Pair pair = in_turn(
      kRounds, [&] { return append(without); }, [&] { return append(with); });
  const std::string limit = name + ", without a tree";
  rows.push_back({.subject = "append", .name = limit, .measured = pair.limit});
  const double ratio = pair.result.per_second / pair.limit.per_second;
  rows.push_back({.subject = "append",
                  .name = name + ", with one",
                  .measured = pair.result,
                  .limit = limit,
                  .ratio = ratio,
                  .goals = {{"at least 95% of the rate without", ratio, kShareOfAppends}}});
  must(without.close());
  must(with.close());
  std::filesystem::remove_all(directory + "/without");
  std::filesystem::remove_all(directory + "/with");
}

/// Has the tree made, by asking for what it has not got to yet; how long that takes.
std::chrono::nanoseconds make_tree(const Store& store, std::uint64_t events) {
  constexpr std::uint64_t kStep = 50'000;
  const auto begin = BenchClock::now();
  for (std::uint64_t end = kStep; end < events; end += kStep) must(store.root(Position(end)));
  must(store.root());
  return BenchClock::now() - begin;
}

std::uint64_t tree_bytes(const std::string& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".tree") bytes += entry.file_size();
  }
  return bytes;
}

/// `prove` makes a proof between two positions at random, the first not behind the second.
template <class Prove>
Row probe(std::string name, std::uint64_t events, Prove prove) {
  std::mt19937_64 random(7);
  Samples samples;
  const auto begin = BenchClock::now();
  for (std::uint64_t i = 0; i < kProbes; ++i) {
    const std::uint64_t to = 1 + random() % events;
    const Position from(1 + random() % to);
    const auto before = BenchClock::now();
    prove(from, Position(to));
    samples.add(BenchClock::now() - before);
  }
  Row row{.subject = "proofs",
          .name = std::move(name),
          .measured = summarize(kProbes, 0, BenchClock::now() - begin, samples)};
  row.goals = {{"at the 99th percentile at most 5 ms", row.measured.p99_us, kMicrosecondsMax,
                Unit::microseconds, true}};
  return row;
}

}  // namespace

Report measure_proofs(const BigStore& options) {
  const ScratchDirectory scratch(options.directory);
  Report report;
  std::cerr << "es-bench: appending\n";
  const std::chrono::nanoseconds time =
      std::min<std::chrono::nanoseconds>(std::chrono::seconds(2), options.events * kTimeOfEvent);
  compare_appends(
      scratch.path(), "one event from each of 64 callers",
      [&](Store& store) { return append_from_threads(store, 64, 1, time); }, report.rows);
  compare_appends(
      scratch.path(), "100-event commits, 4 in flight",
      [&](Store& store) { return append_in_flight(store, 4, 100, time); }, report.rows);

  std::cerr << "es-bench: filling a store with " << options.events << " events\n";
  const FilledStore filled(scratch.path() + "/store", options.events);
  const auto events = static_cast<double>(filled.events());
  {
    std::cerr << "es-bench: making its tree\n";
    Store store = open(filled.directory(), true);
    report.file_system = store.open_report().file_system;
    Row row{.subject = "proofs", .name = "making the tree of a store that had none, events"};
    row.measured.per_second =
        events / std::chrono::duration<double>(make_tree(store, filled.events())).count();
    report.rows.push_back(row);
    must(store.close());
  }
  report.rows.push_back(amount_row("proofs", "tree files, of an event",
                                   static_cast<double>(tree_bytes(filled.directory())) / events,
                                   Unit::bytes));
  std::cerr << "es-bench: proving\n";
  const auto begin = BenchClock::now();
  const Store store = open(filled.directory(), true);
  must(store.root());
  const std::chrono::duration<double, std::micro> opening = BenchClock::now() - begin;
  report.rows.push_back(
      amount_row("proofs", "opening, to the first root", opening.count(), Unit::microseconds));
  report.rows.push_back(
      probe("a root", filled.events(), [&](Position, Position to) { must(store.root(to)); }));
  report.rows.push_back(
      probe("an inclusion proof", filled.events(),
            [&](Position from, Position to) { must(store.prove_inclusion(from, to)); }));
  report.rows.push_back(
      probe("a consistency proof", filled.events(),
            [&](Position from, Position to) { must(store.prove_consistency(from, to)); }));
  return report;
}

}  // namespace esker::bench
