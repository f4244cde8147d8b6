#include "crash/explorer.hpp"

#include <utility>

#include <xxhash.h>

namespace esker::crash {
namespace {

/// Single units tried when a point is only sampled.
constexpr std::uint64_t kSampled = 2;
/// A store that has recovered is crashed again within so many calls.
constexpr std::uint64_t kCallsBeforeSecondCrash = 24;
constexpr int kStepsBeforeSecondCrash = 40;
/// Numbers the steps after a crash, away from those of the run itself.
constexpr std::uint64_t kStepsAfterCrash = 1 << 20;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return sim::Random(a ^ (b << 17)).next(); }

tests::EventSizes sizes_of(const Workload& workload) {
  return {.bytes_max = workload.event_bytes_max,
          .large_bytes = workload.large_bytes,
          .fixed = workload.fixed_size};
}

/// When the machine starts again: mostly soon, sometimes with a clock that is behind, or years ahead (F23).
Timestamp later_or_earlier(Timestamp now, sim::Random& random) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  constexpr std::uint64_t kYear = 365ULL * 86'400 * kSecond;
  switch (random.below(8)) {
    case 0:
      return Timestamp(now.value() - random.below(kYear));
    case 1:
      return Timestamp(now.value() + random.below(10 * kYear));
    default:
      return Timestamp(now.value() + random.below(100 * kSecond));
  }
}

/// What a store that does not open has failed to keep.
std::string_view invariant_of(const Error& error) {
  return error.code() == Errc::corrupt ? "I11" : "I10";
}

}  // namespace

bool changes_disk(const sim::CallInfo& info) {
  switch (info.call) {
    case sim::Call::openat:
      return info.offset == static_cast<std::uint64_t>(io::OpenMode::create_new) ||
             info.offset == static_cast<std::uint64_t>(io::OpenMode::create_or_open);
    case sim::Call::renameat:
    case sim::Call::linkat:
    case sim::Call::unlinkat:
    case sim::Call::fsync_directory:
    case sim::Call::pwrite:
    case sim::Call::fdatasync:
    case sim::Call::fsync:
    case sim::Call::ftruncate:
      return true;
    default:
      return false;
  }
}

ExplorerCounts& ExplorerCounts::operator+=(const ExplorerCounts& other) {
  crash_points += other.crash_points;
  recoveries += other.recoveries;
  nested_recoveries += other.nested_recoveries;
  for (const auto& [fault, count] : other.faults) faults[fault] += count;
  for (const auto& [site, count] : other.crashed_sites) crashed_sites[site] += count;
  for (const auto& [site, errors] : other.failed_sites) {
    for (const auto& [error, count] : errors) failed_sites[site][error] += count;
  }
  history += other.history;
  driver += other.driver;
  return *this;
}

void Explorer::count(const Driver& driver) {
  counts_.history += driver.outside().history.counts();
  counts_.driver += driver.counts();
}

void Explorer::at_call(const Driver& live, std::uint64_t call, const char* site, bool sampled) {
  if (failure_ || (only_ && only_->first != call)) return;
  if (only_) return try_point(live, call, only_->second, mix(seed_, call));
  sim::Random random(mix(seed_, call));
  std::vector<Survivors> all;
  if (sampled) {
    for (std::uint64_t i = 0; i < kSampled; ++i) all.push_back(draw(live.disk(), random));
  } else {
    all = choices(live.disk(), workload_.units_max, random);
  }
  for (const Survivors& survivors : all) {
    try_point(live, call, survivors, mix(seed_, call));
    if (failure_) return;
    ++counts_.crashed_sites[site];
  }
}

void Explorer::try_point(const Driver& live, std::uint64_t call, const Survivors& survivors,
                         std::uint64_t seed) {
  Verdict verdict;
  // Seeded by the crash alone, so that it can be replayed alone.
  const std::string text = survivors.to_text();
  sim::Random random(mix(seed, XXH3_64bits(text.data(), text.size())));
  std::unique_ptr<sim::SimDisk> disk = live.disk().clone();
  survivors.apply(*disk);
  {
    Outside outside = live.fork();
    outside.now = later_or_earlier(outside.now, random);
    Driver driver(std::move(disk), std::move(outside), workload_, random.next(), verdict);
    if (workload_.faults && random.chance(4)) {
      const KnownSite& site = known_sites()[random.below(known_sites().size())];
      driver.disk().add_fault(rule_for(site, 1, random));
    }
    recover(driver, verdict, random.chance(workload_.nested_of_8) ? depth_ - 1 : 0, random);
    if (verdict.clean()) crash_again(driver, verdict, random);
    ++counts_.crash_points;
    for (const std::string_view fault : survivors.faults()) ++counts_.faults[std::string(fault)];
    count(driver);
  }
  if (!verdict.clean()) failure_ = Failure{call, text, verdict.violation()};
}

void Explorer::recover(Driver& driver, Verdict& verdict, int depth, sim::Random& random) {
  if (depth > 0) {
    driver.observe([&](const sim::CallInfo& info) {
      if (!changes_disk(info) || !verdict.clean()) return;
      // The first recovery is crashed at each call, those of crashed recoveries now and then.
      if (depth < depth_ - 1 && !random.chance(1)) return;
      ++counts_.crashed_sites[info.site.name];
      crash_recovery(driver, verdict, depth, random);
    });
  }
  Result<void> opened = driver.open();
  driver.observe({});
  ++counts_.recoveries;
  if (workload_.faults) {
    // What failed may have failed the recovery. The next one must work, as if the first had not been.
    add_failures(driver.disk(), counts_.failed_sites);
    driver.disk().clear_faults();
    if (!opened && opened.assume_error().code() != Errc::corrupt) opened = driver.open();
  }
  if (!verdict.clean()) return;
  if (!opened) {
    verdict.violated(invariant_of(opened.assume_error()),
                     "the store does not open: " + opened.assume_error().message());
    return;
  }
  driver.check_recovered();
  driver.outside().history.allow_refusals(false);  // from now on nothing fails any more
}

void Explorer::crash_recovery(Driver& driver, Verdict& verdict, int depth, sim::Random& random) {
  for (const Survivors& survivors :
       {Survivors{false, sim::CrashPolicy::none()}, Survivors{.process_only = true, .policy = {}},
        draw(driver.disk(), random)}) {
    std::unique_ptr<sim::SimDisk> disk = driver.disk().clone();
    survivors.apply(*disk);
    Driver again(std::move(disk), driver.fork(), workload_, random.next(), verdict);
    ++counts_.nested_recoveries;
    ++counts_.faults["F6"];
    recover(again, verdict, depth - 1, random);
    count(again);
    if (!verdict.clean()) return;
  }
}

void Explorer::crash_again(Driver& driver, Verdict& verdict, sim::Random& random) {
  tests::Operations operations(random.next(), sizes_of(workload_));
  std::vector<std::vector<tests::OwnedAppend>> appends =
      driver.outside().history.unanswered();  // clients try again
  for (std::uint64_t i = 0; i < 3; ++i) {
    operations.begin_step(kStepsAfterCrash + i);
    appends.push_back(operations.append(driver.outside().history.model()));
  }
  driver.disk().stop_at_call(driver.disk().calls() + 1 + random.below(kCallsBeforeSecondCrash));
  for (std::vector<tests::OwnedAppend>& append : appends) driver.submit(std::move(append));
  for (int i = 0; i < kStepsBeforeSecondCrash && !driver.disk().stopped(); ++i) driver.go_on();
  if (!verdict.clean()) return;
  driver.crash([&](sim::SimDisk& disk) { draw(disk, random).apply(disk); });
  recover(driver, verdict, 0, random);
  if (!verdict.clean()) return;
  driver.settle();
  driver.check_reads();
}

}  // namespace esker::crash
