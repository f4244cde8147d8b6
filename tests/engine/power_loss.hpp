#pragma once

#include <cstdint>

#include "sim/crash_policy.hpp"
#include "support/sim_store.hpp"

namespace esker::tests {

/// Calls `check` with a store, not open, on each of what losing power now may leave of `disk`: of what is not synced nothing, all, or what
/// `seed` decides.
template <class Check>
void for_each_power_loss(const sim::SimDisk& disk, std::uint64_t seed, Check check) {
  for (const sim::CrashPolicy& policy :
       {sim::CrashPolicy::none(), sim::CrashPolicy::all(), sim::CrashPolicy::random(seed)}) {
    SimStore after;
    after.use(disk.clone());
    after.disk().crash_power(policy);
    after.reopen_directory();
    check(after);
  }
}

}  // namespace esker::tests
