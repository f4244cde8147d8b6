#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/fault_rules.hpp"
#include "sim/random.hpp"
#include "sim/sim_disk.hpp"

namespace esker::crash {

/// A place in the engine where a call is made on the disk while a store is opened, used and closed.
struct KnownSite {
  std::string_view name;
  sim::Call call;
  bool changes_disk =
      false;  ///< So that a crash before it leaves something else than one behind it.
  std::string_view after = {};  ///< Only reached when that one has failed: cleaning up.
};

/// All of them: a campaign that has not been at one has a hole. `tests/docs/sites_test.py` holds the list against the source.
std::span<const KnownSite> known_sites();

/// What a call can be made to answer: errno, or 0 for fewer bytes than asked for.
std::vector<int> errors_of(sim::Call call);

/// Makes the `nth` call there fail, in one of the ways it can.
sim::FaultRule rule_for(const KnownSite& site, std::uint64_t nth, sim::Random& random);

/// How often each site was made to fail, by errno; 0: fewer bytes.
using FailedSites = std::map<std::string, std::map<int, std::uint64_t>>;

/// Adds what was made to fail on a disk.
void add_failures(const sim::SimDisk& disk, FailedSites& into);

}  // namespace esker::crash
