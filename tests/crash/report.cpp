#include "crash/report.hpp"

#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "crash/replay.hpp"
#include "crash/sites.hpp"

namespace esker::crash {
namespace {

using nlohmann::json;

struct SiteCoverage {
  std::uint64_t sites = 0;
  std::uint64_t pairs = 0;
  std::uint64_t pairs_total = 0;
  std::vector<std::string> missed;  // lines
};

std::set<std::string> names(const std::unordered_map<const char*, std::uint64_t>& sites) {
  std::set<std::string> names;
  for (const auto& [name, count] : sites) names.insert(name);
  return names;
}

SiteCoverage coverage(const RunResult& total) {
  std::set<std::string> hit = names(total.driver.sites);
  hit.merge(names(total.explored.driver.sites));
  const std::set<std::string> crashed = names(total.explored.crashed_sites);
  SiteCoverage coverage;
  for (const KnownSite& site : known_sites()) {
    const std::string name(site.name);
    if (hit.contains(name)) {
      ++coverage.sites;
    } else {
      coverage.missed.push_back("site " + name + " was never reached");
    }
    if (site.changes_disk && !crashed.contains(name)) {
      coverage.missed.push_back("site " + name + " was never crashed at");
    }
    const std::vector<int> errors = errors_of(site.call);
    coverage.pairs_total += errors.size();
    const auto failed = total.failed_sites.find(name);
    std::uint64_t pairs = 0;
    if (failed != total.failed_sites.end()) {
      for (const int error : errors) pairs += failed->second.contains(error) ? 1 : 0;
    }
    coverage.pairs += pairs;
    if (!errors.empty() && pairs == 0) {
      coverage.missed.push_back("site " + name + " was never made to fail");
    }
  }
  return coverage;
}

/// What was done at each site.
json sites_of(const RunResult& total) {
  json sites = json::object();
  for (const auto* const counts : {&total.driver.sites, &total.explored.driver.sites}) {
    for (const auto& [name, calls] : *counts) {
      json& count = sites[name]["calls"];
      count = count.is_null() ? calls : count.get<std::uint64_t>() + calls;
    }
  }
  for (const auto& [name, count] : total.explored.crashed_sites) {
    sites[name]["crash_points"] = count;
  }
  for (const auto& [name, errors] : total.failed_sites) {
    for (const auto& [error, count] : errors) {
      sites[name]["failures"][error == 0 ? "short" : strerrorname_np(error)] = count;
    }
  }
  return sites;
}

HistoryCounts history_of(const RunResult& total) {
  HistoryCounts history = total.history;
  history += total.explored.history;
  return history;
}

DriverCounts driver_of(const RunResult& total) {
  DriverCounts driver = total.driver;
  driver += total.explored.driver;
  return driver;
}

double points_per_second(const CampaignResult& result, unsigned jobs) {
  const double seconds = result.seconds * std::min(jobs, std::thread::hardware_concurrency());
  return seconds > 0 ? static_cast<double>(result.total.explored.crash_points) / seconds : 0;
}

std::string hex(std::uint64_t number) {
  std::ostringstream out;
  out << std::hex << number;
  return out.str();
}

}  // namespace

std::vector<std::string> missed_floors(const CampaignResult& result) {
  const HistoryCounts history = history_of(result.total);
  const DriverCounts driver = driver_of(result.total);
  struct Floor {
    std::string_view what;
    std::uint64_t count;
    std::uint64_t least;
  };
  const Floor floors[] = {
      {"crash points", result.total.explored.crash_points, 1'000},
      {"crashes inside a recovery", result.total.explored.nested_recoveries, 100},
      {"torn tails", driver.torn_tails, 100},
      {"unanswered commits that were kept", history.unknown_kept, 100},
      {"unanswered commits that were lost", history.unknown_lost, 100},
      {"duplicates", history.duplicates, 100},
      {"conflicts", history.conflicts, 100},
      {"failed conditions", history.conditions_failed, 100},
      {"partial matches", history.partial_matches, 10},
      {"refused appends", history.refused, 10},
      {"restarts", result.total.restarts, 10},
      {"events to subscribers that had caught up", driver.live_events, 100},
      {"switches inside a call", driver.switches, 1'000},
  };
  std::vector<std::string> missed;
  for (const Floor& floor : floors) {
    if (floor.count >= floor.least) continue;
    missed.push_back(std::string(floor.what) + ": " + std::to_string(floor.count) + ", at least " +
                     std::to_string(floor.least) + " are wanted");
  }
  for (const char* const fault : {"F1", "F2", "F3", "F4", "F5", "F6"}) {
    const auto injected = result.total.explored.faults.find(fault);
    if (injected != result.total.explored.faults.end()) continue;
    missed.push_back(std::string(fault) + " was never injected");
  }
  const SiteCoverage sites = coverage(result.total);
  missed.insert(missed.end(), sites.missed.begin(), sites.missed.end());
  return missed;
}

std::string to_line(const CampaignResult& result, unsigned jobs) {
  const HistoryCounts history = history_of(result.total);
  const SiteCoverage sites = coverage(result.total);
  std::ostringstream out;
  out << result.total.explored.crash_points << " crash points in " << result.runs << " runs, "
      << result.total.explored.recoveries + result.total.explored.nested_recoveries
      << " recoveries (" << result.total.explored.nested_recoveries << " of crashed recoveries), "
      << history.events_checked << " events checked, " << sites.sites << "/" << known_sites().size()
      << " sites, " << sites.pairs << "/" << sites.pairs_total << " failures, "
      << static_cast<std::uint64_t>(points_per_second(result, jobs)) << " points/s a core, "
      << (result.failed ? "1 violation" : "no violation") << ", trace "
      << hex(result.total.trace_hash);
  return out.str();
}

std::string to_json(const CampaignResult& result, const CampaignOptions& options,
                    std::string_view version) {
  const HistoryCounts history = history_of(result.total);
  const DriverCounts driver = driver_of(result.total);
  const SiteCoverage sites = coverage(result.total);
  json object;
  object["tool"] = "es-crashtest";
  object["version"] = version;
  object["cores"] = std::thread::hardware_concurrency();
  object["jobs"] = options.jobs;
  object["fs"] = "simulated";
  for (const Workload* const workload : options.workloads) {
    object["workloads"].push_back(workload->name);
  }
  object["depth"] = options.depth;
  object["seed_first"] = options.seed_first;
  object["seed_last"] = result.seed_last;
  object["runs"] = result.runs;
  object["seconds"] = result.seconds;
  object["io_calls"] = driver.io_calls;
  object["switches"] = driver.switches;
  object["crash_points"] = result.total.explored.crash_points;
  object["recoveries"] = result.total.explored.recoveries + result.total.explored.nested_recoveries;
  object["recoveries_after_recovery_crash"] = result.total.explored.nested_recoveries;
  object["faults"] = json::object();
  for (const auto& [fault, count] : result.total.explored.faults) object["faults"][fault] = count;
  object["sites"] = sites_of(result.total);
  object["sites_hit"] = sites.sites;
  object["sites_total"] = known_sites().size();
  object["site_error_pairs_hit"] = sites.pairs;
  object["site_error_pairs_total"] = sites.pairs_total;
  object["acked"] = history.acked;
  object["unknown"] = history.unknown;
  object["unknown_kept"] = history.unknown_kept;
  object["unknown_lost"] = history.unknown_lost;
  object["conflicts"] = history.conflicts;
  object["conditions_failed"] = history.conditions_failed;
  object["duplicates"] = history.duplicates;
  object["partial_matches"] = history.partial_matches;
  object["refused"] = history.refused;
  object["restarts"] = result.total.restarts;
  object["torn_tails"] = driver.torn_tails;
  object["live_events"] = driver.live_events;
  object["events_checked"] = history.events_checked;
  object["violations"] = result.failed ? 1 : 0;
  if (result.failed) {
    const FailedRun& failed = *result.failed;
    object["first_violation"] = {{"workload", failed.workload->name},
                                 {"seed", failed.options.seed},
                                 {"call", failed.failure.call},
                                 {"policy", failed.failure.survivors},
                                 {"invariant", failed.failure.violation.invariant},
                                 {"what", failed.failure.violation.what}};
  }
  object["points_per_s_per_core"] = points_per_second(result, options.jobs);
  object["trace_hash"] = hex(result.total.trace_hash);
  return object.dump();
}

std::string to_text(const FailedRun& failed) {
  std::string text =
      failed.failure.violation.invariant + " is broken: " + failed.failure.violation.what + "\n";
  text += "replay: " + replay_command(*failed.workload, options_at_failure(failed)) + "\n";
  return text + describe(failed);
}

}  // namespace esker::crash
