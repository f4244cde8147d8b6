#include "crash/survivors.hpp"

#include <algorithm>
#include <charconv>

namespace esker::crash {
namespace {

using sim::CrashPolicy;
using Data = CrashPolicy::Data;
using Names = CrashPolicy::Names;
using Unit = CrashPolicy::Unit;

std::string_view unit_name(Unit unit) { return unit == Unit::sector ? "sector" : "page"; }

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// With all units but one the names are there, too; with only one they are not: so that each is tried with the data that needs it.
Survivors one_unit(Data data, Unit unit, std::uint64_t index) {
  return {false,
          {.data = data,
           .names = data == Data::drop_one ? Names::all : Names::none,
           .unit = unit,
           .index = index}};
}

Survivors random_units(Unit unit, std::uint64_t keep_of_8, std::uint64_t seed) {
  CrashPolicy policy = CrashPolicy::random(seed, keep_of_8);
  if (seed % 2 == 0) policy.names = Names::prefix;  // as ext4 does
  policy.unit = unit;
  return {false, policy};
}

Survivors cut_in_time(Data data, std::uint64_t index) {
  return {false, {.data = data, .index = index}};
}

void add_single_units(std::vector<Survivors>& choices, std::uint64_t pending, Unit unit,
                      std::uint64_t units_max, sim::Random& random) {
  const std::uint64_t count = std::min(pending, units_max);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t index = pending <= units_max ? i : random.below(pending);
    choices.push_back(one_unit(Data::drop_one, unit, index));
    choices.push_back(one_unit(Data::keep_one, unit, index));
  }
}

}  // namespace

std::string Survivors::to_text() const {
  if (process_only) return "process";
  switch (policy.data) {
    case Data::none:
      return "none";
    case Data::all:
      return "all";
    case Data::random:
      return "random/" + std::to_string(policy.keep_of_8) + "/" +
             std::string(unit_name(policy.unit)) + "/" + std::to_string(policy.seed);
    case Data::torn:
      return "torn/" + std::to_string(policy.seed);
    case Data::prefix:
      return "prefix/" + std::to_string(policy.index);
    case Data::suffix:
      return "suffix/" + std::to_string(policy.index);
    case Data::drop_one:
    case Data::keep_one:
      return std::string(policy.data == Data::drop_one ? "drop/" : "keep/") +
             std::string(unit_name(policy.unit)) + "/" + std::to_string(policy.index);
  }
  return {};
}

std::optional<Survivors> Survivors::parse(std::string_view text) {
  if (text == "process") return Survivors{.process_only = true, .policy = {}};
  if (text == "none") return Survivors{false, CrashPolicy::none()};
  if (text == "all") return Survivors{false, CrashPolicy::all()};
  const std::vector<std::string_view> parts = split(text);
  const std::optional<std::uint64_t> last = number(parts.back());
  if (!last || parts.size() < 2) return std::nullopt;
  if (parts.size() == 2 && parts[0] == "prefix") return cut_in_time(Data::prefix, *last);
  if (parts.size() == 2 && parts[0] == "suffix") return cut_in_time(Data::suffix, *last);
  if (parts.size() == 2 && parts[0] == "torn") return Survivors{false, CrashPolicy::torn(*last)};
  const std::string_view unit_text = parts[parts.size() - 2];
  if (unit_text != "sector" && unit_text != "page") return std::nullopt;
  const Unit unit = unit_text == "sector" ? Unit::sector : Unit::page;
  if (parts.size() == 3 && parts[0] == "drop") return one_unit(Data::drop_one, unit, *last);
  if (parts.size() == 3 && parts[0] == "keep") return one_unit(Data::keep_one, unit, *last);
  const std::optional<std::uint64_t> keep = number(parts[1]);
  if (parts.size() == 4 && parts[0] == "random" && keep && *keep <= 8) {
    return random_units(unit, *keep, *last);
  }
  return std::nullopt;
}

void Survivors::apply(sim::SimDisk& disk) const {
  if (process_only) {
    disk.crash_process();
  } else {
    disk.crash_power(policy);
  }
}

std::vector<std::string_view> Survivors::faults() const {
  if (process_only) return {"F5"};
  std::vector<std::string_view> faults{"F1"};
  const bool single = policy.data == Data::drop_one || policy.data == Data::keep_one;
  if (single || policy.unit == Unit::page) faults.emplace_back("F2");
  if (policy.data == Data::torn) faults.emplace_back("F3");
  if (policy.names != Names::all) faults.emplace_back("F4");
  return faults;
}

std::vector<Survivors> choices(const sim::SimDisk& disk, std::uint64_t units_max,
                               sim::Random& random) {
  std::vector<Survivors> choices{{false, CrashPolicy::none()},
                                 {.process_only = true, .policy = {}}};
  const std::uint64_t operations = disk.pending_operations();
  if (operations == 0) return choices;  // nothing is left to chance
  choices.push_back({false, CrashPolicy::all()});
  for (const std::uint64_t keep_of_8 : {1U, 4U, 7U}) {
    choices.push_back(random_units(Unit::sector, keep_of_8, random.next()));
    choices.push_back(random_units(Unit::page, keep_of_8, random.next()));
  }
  choices.push_back({false, CrashPolicy::torn(random.next())});
  choices.push_back(cut_in_time(Data::prefix, random.below(operations)));
  choices.push_back(cut_in_time(Data::suffix, random.below(operations)));
  for (const Unit unit : {Unit::sector, Unit::page}) {
    add_single_units(choices, disk.pending_units(unit), unit, units_max, random);
  }
  return choices;
}

Survivors draw(const sim::SimDisk& disk, sim::Random& random) {
  switch (random.below(9)) {
    case 0:
      return {false, CrashPolicy::none()};
    case 1:
      return {false, CrashPolicy::all()};
    case 2:
      return {.process_only = true, .policy = {}};
    case 3:
      return cut_in_time(random.chance(4) ? Data::prefix : Data::suffix,
                         random.below(disk.pending_operations() + 1));
    case 4:
      return {false, CrashPolicy::torn(random.next())};
    default:
      return random_units(random.chance(4) ? Unit::sector : Unit::page, 1 + random.below(7),
                          random.next());
  }
}

}  // namespace esker::crash
