// Measures what the machine can do at most and what the store does, in one run, and prints both and their ratio.

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "backup_rows.hpp"
#include "load.hpp"
#include "scale/scale.hpp"
#include "subjects.hpp"

namespace esker::bench {

namespace {

struct Options {
  std::string directory = ".";
  double seconds = 3;
  std::uint64_t events = 1'000'000;
  bool json = false;
  bool quick = false;
  ScaleOptions scale;
  BackupOptions backup;
};

void append_to(std::vector<Row>& rows, std::vector<Row> more) {
  for (Row& row : more) rows.push_back(std::move(row));
}

void print(const Options& options, const std::string& file_system, const std::vector<Row>& rows) {
  const Machine machine = describe_machine(file_system);
  std::cout << (options.json ? as_json(machine, rows) + '\n' : as_table(machine, rows));
}

int run(const Options& options) {
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

int run_scale(const Options& options) {
  const ScaleReport report = measure_scale(options.scale);
  print(options, report.file_system, report.rows);
  return 0;
}

CLI::App* add_scale(CLI::App& app, Options& options) {
  CLI::App* const scale = app.add_subcommand(
      "scale",
      "Grows a store, and measures whether what it costs grows with it: the rate of appends, "
      "opening, memory, and reads of old streams, warm and cold. Takes minutes.");
  scale
      ->add_option("--directory", options.scale.directory,
                   "Where to make the files, which are removed again; on the disk to be measured")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  scale
      ->add_option("--events", options.scale.events,
                   "How many events, in a tenth as many streams; needs some 450 bytes of disk each")
      ->check(CLI::Range(std::uint64_t{1000}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  scale->add_flag("--json", options.json, "Print one JSON object instead of tables");
  return scale;
}

int run_backup(const Options& options) {
  const BackupReport report = measure_backup(options.backup);
  print(options, report.file_system, report.rows);
  return 0;
}

CLI::App* add_backup(CLI::App& app, Options& options) {
  CLI::App* const backup = app.add_subcommand(
      "backup",
      "Verifies, backs up and branches a store that is not in memory, and holds that against the "
      "disk's rates. Takes minutes.");
  backup
      ->add_option("--directory", options.backup.directory,
                   "Where to make the files, which are removed again; on the disk to be measured")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  backup
      ->add_option("--events", options.backup.events,
                   "How many events; needs some 900 bytes of disk each")
      ->check(CLI::Range(std::uint64_t{1000}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  backup->add_flag("--json", options.json, "Print one JSON object instead of tables");
  return backup;
}

}  // namespace
}  // namespace esker::bench

int main(int count, char** arguments) {
  esker::bench::Options options;
  CLI::App app(
      "Measures this machine's limits and what Esker makes of them, in one run. Nothing else "
      "should run meanwhile.",
      "es-bench");
  app.add_option("--directory", options.directory,
                 "Where to make the files, which are removed again; on the disk to be measured")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "How long each measurement takes")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app.add_option("--events", options.events, "How many events are in the store that is read")
      ->capture_default_str();
  app.add_flag("--json", options.json, "Print one JSON object instead of tables");
  app.add_flag("--quick", options.quick, "Do everything once on tiny input, to see that it works");
  const CLI::App* const scale = esker::bench::add_scale(app, options);
  const CLI::App* const backup = esker::bench::add_backup(app, options);
  CLI11_PARSE(app, count, arguments);
  try {
    if (scale->parsed()) return esker::bench::run_scale(options);
    if (backup->parsed()) return esker::bench::run_backup(options);
    return esker::bench::run(options);
  } catch (const std::exception& error) {
    std::cerr << "es-bench: " << error.what() << '\n';
    return 1;
  }
}
