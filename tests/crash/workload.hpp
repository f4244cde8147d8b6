#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "sim/random.hpp"

namespace esker::crash {

/// What a run does to a store, and what is done to it. Chances are in 8.
struct Workload {
  std::string_view name;
  std::string_view description;
  std::uint64_t steps = 0;
  std::uint64_t event_bytes_max = 200;  ///< Of data.
  std::uint64_t large_bytes = 0;        ///< Of one event in 8; 0: none.
  bool fixed_size = false;              ///< Each event's data have `event_bytes_max` bytes.
  std::uint64_t in_flight_max = 6;
  std::uint64_t switch_of_8 = 2;  ///< That another role goes on in the middle of a call.
  std::uint64_t subscribers = 2;
  bool every_call = true;         ///< Crash at each call, or only now and then.
  std::uint64_t units_max = 32;   ///< Single units tried at one call.
  std::uint64_t nested_of_8 = 1;  ///< That recovery itself crashes, at each of its calls.
  std::uint64_t weight =
      1;                ///< A campaign runs so many of its seeds while it runs one of the others.
  bool faults = false;  ///< Calls fail, too.
};

/// All there are.
const std::vector<Workload>& workloads();
/// The one of this name; null when there is none.
const Workload* find_workload(std::string_view name);

/// Which part of a workload is run: shrinking a failure leaves out steps, then events, then bytes.
struct Reduction {
  std::set<std::uint64_t> skipped_steps;
  std::uint64_t events_max = 4;
  std::optional<std::uint64_t> bytes_max;

  friend bool operator==(const Reduction&, const Reduction&) = default;
};

}  // namespace esker::crash
