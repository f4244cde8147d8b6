// Measures what the machine can do at most and what the store does, in one run, and prints both and their ratio.

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "big_store.hpp"
#include "load.hpp"
#include "subjects.hpp"

namespace esker::bench {

namespace {

struct Options {
  std::string directory = ".";
  double seconds = 3;
  std::uint64_t events = 1'000'000;
  bool json = false;
  bool quick = false;
  /// What the subjects' commands do.
  std::vector<std::pair<const CLI::App*, std::function<Report()>>> measure;
};

/// A measurement of its own, of a store that is made for it.
struct Subject {
  const char* name;
  const char* description;
  const char* events;  ///< What to say of the option.
  std::uint64_t events_usual;
  Report (*measure)(const BigStore&);
};

constexpr Subject kSubjects[] = {
    {"scale",
     "Grows a store, and measures whether what it costs grows with it: the rate of appends, "
     "opening, memory, and reads of old streams, warm and cold. Takes minutes.",
     "How many events, in a tenth as many streams; needs some 450 bytes of disk each", 10'000'000,
     measure_scale},
    {"backup",
     "Verifies, backs up and branches a store that is not in memory, and holds that against the "
     "disk's rates. Takes minutes.",
     "How many events; needs some 900 bytes of disk each", 8'000'000, measure_backup},
    {"compact",
     "Compacts a store of which a quarter has been released, and measures how fast that goes, and "
     "what it costs those who append meanwhile. Takes minutes.",
     "How many events; needs some 700 bytes of disk each", 2'000'000, measure_compaction},
    {"compress",
     "Compresses a store of a shop's JSON events, and measures what that gains, and what reading "
     "them costs before and after.",
     "How many events; needs some 700 bytes of disk each", 1'000'000, measure_compression},
    {"proofs",
     "Measures what keeping a tree costs those who append, how long it takes to make one for a "
     "store that has none, and how long proofs take. Takes minutes.",
     "How many events; needs some 500 bytes of disk each", 10'000'000, measure_proofs},
};

constexpr const char* kDirectoryText =
    "Where to make the files, which are removed again; on the disk to be measured";
constexpr const char* kJsonText = "Print one JSON object instead of tables";

void append_to(std::vector<Row>& rows, std::vector<Row> more) {
  for (Row& row : more) rows.push_back(std::move(row));
}

void print(const Options& options, const std::string& file_system, const std::vector<Row>& rows) {
  const Machine machine = describe_machine(file_system);
  std::cout << (options.json ? as_json(machine, rows) + '\n' : as_table(machine, rows));
}

int run_all(const Options& options) {
  Effort effort{std::chrono::nanoseconds(static_cast<std::int64_t>(options.seconds * 1e9)), 3,
                options.events};
  if (options.quick) effort = {std::chrono::milliseconds(10), 1, 2000};

  const ScratchDirectory scratch(options.directory);
  RawDisk disk(scratch.path());
  const Setup setup{scratch.path(), effort, disk};
  std::cerr << "es-bench: appending\n";
  std::vector<Row> rows = measure_appends(setup);

  const ScratchDirectory filled_directory(scratch.path());
  std::cerr << "es-bench: filling a store with " << effort.events << " events\n";
  FilledStore filled(filled_directory.path(), effort.events);
  std::cerr << "es-bench: reading\n";
  append_to(rows, measure_reads(setup, filled));
  std::cerr << "es-bench: over TCP\n";
  append_to(rows, measure_network(setup, filled));

  const std::string file_system = must(Store::open(filled.directory())).open_report().file_system;
  print(options, file_system, rows);
  return 0;
}

int run(const Options& options) {
  for (const auto& [command, measure] : options.measure) {
    if (!command->parsed()) continue;
    const Report report = measure();
    print(options, report.file_system, report.rows);
    return 0;
  }
  return run_all(options);
}

/// The subject's command.
void add_subject(CLI::App& app, const Subject& subject, Options& options) {
  CLI::App* const command = app.add_subcommand(subject.name, subject.description);
  const auto store = std::make_shared<BigStore>(BigStore{".", subject.events_usual});
  command->add_option("--directory", store->directory, kDirectoryText)
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  command->add_option("--events", store->events, subject.events)
      ->check(CLI::Range(std::uint64_t{1000}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  command->add_flag("--json", options.json, kJsonText);
  options.measure.emplace_back(command, [&subject, store] { return subject.measure(*store); });
}

}  // namespace
}  // namespace esker::bench

int main(int count, char** arguments) {
  esker::bench::Options options;
  CLI::App app(
      "Measures this machine's limits and what Esker makes of them, in one run. Nothing else "
      "should run meanwhile.",
      "es-bench");
  app.add_option("--directory", options.directory, esker::bench::kDirectoryText)
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "How long each measurement takes")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app.add_option("--events", options.events, "How many events are in the store that is read")
      ->capture_default_str();
  app.add_flag("--json", options.json, esker::bench::kJsonText);
  app.add_flag("--quick", options.quick, "Do everything once on tiny input, to see that it works");
  for (const esker::bench::Subject& subject : esker::bench::kSubjects) {
    esker::bench::add_subject(app, subject, options);
  }
  CLI11_PARSE(app, count, arguments);
  try {
    return esker::bench::run(options);
  } catch (const std::exception& error) {
    std::cerr << "es-bench: " << error.what() << '\n';
    return 1;
  }
}
