#pragma once

#include <span>
#include <string_view>

#include "sim/fault_rules.hpp"

namespace esker::crash {

/// A place in the engine where a call is made on the disk while a store is opened, used and closed.
struct KnownSite {
  std::string_view name;
  sim::Call call;
};

/// All of them: a campaign that has not been at one has a hole. `tests/docs/sites_test.py` holds the list against the source.
std::span<const KnownSite> known_sites();

}  // namespace esker::crash
