#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/random.hpp"
#include "sim/sim_disk.hpp"

namespace esker::crash {

/// What a crash leaves: of memory nothing, of the disk what the policy says; or, when only the process dies, all that it had written.
struct Survivors {
  bool process_only = false;
  sim::CrashPolicy policy;

  /// As a word without spaces, such as "random/4/sector/77".
  [[nodiscard]] std::string to_text() const;
  /// The reverse; nothing when `text` is no such word.
  static std::optional<Survivors> parse(std::string_view text);

  void apply(sim::SimDisk& disk) const;
  /// The faults of tests/README.md that it stands for.
  [[nodiscard]] std::vector<std::string_view> faults() const;
};

/// Every choice worth trying at this point: none, all, the process alone, random ones by sector and by page, a cut in time from both
/// sides, and all but one and only one of the units that are pending, at most `units_max` of each, drawn from `random`.
std::vector<Survivors> choices(const sim::SimDisk& disk, std::uint64_t units_max,
                               sim::Random& random);

/// One choice, drawn from `random`.
Survivors draw(const sim::SimDisk& disk, sim::Random& random);

}  // namespace esker::crash
