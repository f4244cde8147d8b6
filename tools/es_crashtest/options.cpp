#include "es_crashtest/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <set>
#include <thread>

#include "common/command_line.hpp"
#include "crash/workload.hpp"

namespace esker::tools {
namespace {

constexpr std::uint64_t kStepsMax = 100'000;  // more than any run has

constexpr const char* kDescription =
    "Crashes an Esker store on a simulated disk, thousands of times a second, and checks what is "
    "left.\n\n"
    "  es-crashtest                          some minutes: every workload, 50 seeds each\n"
    "  es-crashtest --minutes 480            a night\n"
    "  es-crashtest --workload small --replay 7:31:drop/sector/4   one crash again\n\n"
    "A run does what clients do (append, retry, read, subscribe) and what operators do (restart) "
    "from a seed. At each call that the\n"
    "store makes on its disk, copies of it crash with every choice of what survives; each copy is "
    "opened, compared with all that clients\n"
    "had been told, used again, crashed again in the middle of it, and compared again.\n";

std::string footer() {
  std::string text = "Workloads:\n";
  for (const crash::Workload& workload : crash::workloads()) {
    text += "  " + std::string(workload.name) + std::string(10 - workload.name.size(), ' ') +
            std::string(workload.description) + "\n";
  }
  return text +
         "\nWhat a failure leaves is one command that shows it again, and what the run did up to "
         "it, made as short as it gets.\n\n"
         "Exit codes:\n"
         "  0    nothing that was promised was broken\n"
         "  1    something was: the output says what, and how to see it again\n"
         "  2    the command line is wrong; nothing was done\n"
         "  3    es-crashtest itself failed\n"
         "  4    something that was to be tested never happened: too few seeds, or a hole in the "
         "tests\n"
         "  130  interrupted\n";
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// N or N-M.
bool parse_range(std::string_view text, std::set<std::uint64_t>& into) {
  const std::size_t dash = text.find('-');
  const std::optional<std::uint64_t> first = number(text.substr(0, dash));
  const std::optional<std::uint64_t> last =
      dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  if (!first || !last || *last - *first >= kStepsMax || *last < *first) return false;
  for (std::uint64_t step = *first; step <= *last; ++step) into.insert(step);
  return true;
}

/// SEED or SEED:CALL:POLICY.
bool parse_replay(const std::string& text, EsCrashtestOptions& options) {
  const std::size_t colon = text.find(':');
  const std::optional<std::uint64_t> seed = number(std::string_view(text).substr(0, colon));
  if (!seed) return false;
  options.replay = true;
  options.seed_first = *seed;
  if (colon == std::string::npos) return true;
  const std::size_t second = text.find(':', colon + 1);
  if (second == std::string::npos) return false;
  const std::optional<std::uint64_t> call =
      number(std::string_view(text).substr(colon + 1, second - colon - 1));
  const std::optional<crash::Survivors> survivors =
      crash::Survivors::parse(std::string_view(text).substr(second + 1));
  if (!call || !survivors) return false;
  options.point = crash::Point{*call, *survivors};
  return true;
}

EsCrashtestOptions parse(CLI::App& app, int count, char** arguments) {
  EsCrashtestOptions options;
  std::string replay;
  std::vector<std::string> skipped;
  std::vector<std::string> names{"all"};
  for (const crash::Workload& workload : crash::workloads()) names.emplace_back(workload.name);
  app.add_option("--workload", options.workload, "Which one; default: all, in turn")
      ->check(CLI::IsMember(names));
  app.add_option("--seed", options.seed_first, "The first seed")
      ->type_name("N")
      ->transform(not_negative());
  app.add_option("--seeds", options.seeds, "How many seeds of each workload; default: 50")
      ->type_name("N")
      ->transform(not_negative());
  app.add_option("--minutes", options.minutes, "As many seeds as go into this time instead")
      ->type_name("M")
      ->check(CLI::PositiveNumber);
  app.add_option("--depth", options.depth,
                 "1: the store is crashed; 2, the default: its recovery too; up to 4: the recovery "
                 "of that, and of that")
      ->check(CLI::Range(1, 4));
  app.add_option("--jobs", options.jobs, "Threads; default: as many as there are cores")
      ->type_name("N")
      ->check(CLI::Range(1U, 256U));
  app.add_option("--replay", replay,
                 "Only this run, or only this crash of it: SEED or SEED:CALL:POLICY")
      ->type_name("POINT");
  app.add_option("--skip", skipped,
                 "Leave out these steps of the run, as a failure's report has it")
      ->delimiter(',')
      ->type_name("STEPS");
  app.add_option("--events-max", options.reduction.events_max, "Events of one append at most")
      ->check(CLI::Range(1, 16));
  app.add_option("--bytes-max", options.reduction.bytes_max, "Bytes of an event's data at most")
      ->check(CLI::Range(1, 4'096));
  app.add_flag("--no-floors", options.no_floors, "Do not fail for what never happened");
  app.add_flag("--no-shrink", options.no_shrink, "Tell of a failure as it was found");
  app.add_flag("--json", options.json, "One JSON object as the last line of standard output");
  app.parse(count, arguments);
  if (!replay.empty() && !parse_replay(replay, options)) {
    throw CLI::ValidationError("--replay", "'" + replay + "' is not SEED or SEED:CALL:POLICY");
  }
  if (options.replay && options.workload == "all") {
    throw CLI::ValidationError("--replay", "wants a --workload");
  }
  const bool reduced = !skipped.empty() || options.reduction != crash::Reduction();
  if (reduced && !options.replay) {
    throw CLI::ValidationError("--skip, --events-max, --bytes-max", "want a --replay");
  }
  if (options.replay && (options.json || options.minutes)) {
    throw CLI::ValidationError("--replay", "goes with neither --json nor --minutes");
  }
  for (const std::string& range : skipped) {
    if (!parse_range(range, options.reduction.skipped_steps)) {
      throw CLI::ValidationError("--skip", "'" + range + "' is not N or N-M");
    }
  }
  return options;
}

}  // namespace

std::variant<EsCrashtestOptions, ExitCode> parse_es_crashtest_options(int count, char** arguments) {
  CLI::App app(kDescription, "es-crashtest");
  app.footer(footer());
  app.set_version_flag("--version", "es-crashtest " ESKER_VERSION);
  return parsed(app, [&] { return parse(app, count, arguments); });
}

}  // namespace esker::tools
