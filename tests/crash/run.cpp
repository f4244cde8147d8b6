#include "crash/run.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "crash/last_words.hpp"
#include "crash/replay.hpp"
#include "crash/sites.hpp"

namespace esker::crash {
namespace {

using sim::Call;
using sim::FaultRule;

/// In the workload that crashes now and then: at one call in so many.
constexpr std::uint64_t kSampleEvery = 24;

/// A failure comes at one of the next so many calls of its kind.
constexpr std::uint64_t kCallsOfStep = 4;
constexpr std::uint64_t kCallsOfOpening = 24;

/// The kinds of failure that a run may have; each run has a random half of them.
enum class Kind : std::uint8_t {
  sync,
  write,
  short_write,
  interrupted,
  space,
  descriptors,
  names,
  reads
};
constexpr std::size_t kKinds = 8;

/// One workload on one store, from an empty disk to an orderly close.
class Run {
 public:
  Run(const Workload& workload, const RunOptions& options)
      : workload_(workload),
        options_(options),
        target_(known_sites()[options.seed % known_sites().size()]),
        random_(sim::Random(options.seed).next()),
        operations_(options.seed,
                    {.events_max = options.reduction.events_max,
                     .bytes_max = options.reduction.bytes_max.value_or(workload.event_bytes_max),
                     .large_bytes = options.reduction.bytes_max ? 0 : workload.large_bytes,
                     .fixed = workload.fixed_size}),
        driver_(std::make_unique<sim::SimDisk>(options.seed), begin(), workload, options.seed,
                verdict_),
        explorer_(workload, options.seed, options.depth) {
    if (options.only) explorer_.only(options.only->call, options.only->survivors);
    for (bool& on : kinds_) on = random_.chance(4);
    kinds_[random_.below(kKinds)] = true;
    driver_.observe([this](const sim::CallInfo& info) { on_call(info); });
  }

  RunResult go() {
    open();
    for (std::uint64_t step = 0; step < workload_.steps && going(); ++step) {
      if (options_.reduction.skipped_steps.contains(step)) continue;
      // Drawn anew for every step, so that leaving one out leaves the others as they are.
      random_ = sim::Random(sim::Random(options_.seed + (step << 32)).next());
      operations_.begin_step(step);
      do_step(random_.below(32), random_.below(6));
    }
    if (going()) finish();
    return result();
  }

 private:
  Outside begin() const {
    Outside outside{History(), {}};
    if (options_.seed % 4 == 0) outside.term_bits = 6;
    outside.proofs = options_.seed % 2 == 0 || fails("proof.");
    outside.merges = options_.seed % 3 == 0 || fails("log.compact_");
    outside.compresses = options_.seed % 5 == 1 || fails("log.compress_");
    const std::array<Filter, 5> filters{Filter{}, Filter{Selector::category("order")},
                                        Filter{Selector::stream("customer-2")},
                                        Filter{{}, {{.types = {"paid"}}}},
                                        Filter{{}, {{.tags = {"urgent"}}, {.types = {"shipped"}}}}};
    for (std::uint64_t i = 0; i < workload_.subscribers; ++i) {
      outside.subscribers.emplace_back(filters[(options_.seed + i) % filters.size()]);
    }
    return outside;
  }

  /// The place whose turn it is to fail is one of these.
  [[nodiscard]] bool fails(std::string_view prefix) const {
    return workload_.faults && target_.name.starts_with(prefix);
  }

  [[nodiscard]] bool going() const { return verdict_.clean() && !explorer_.failure(); }

  void on_call(const sim::CallInfo& info) {
    if (!changes_disk(info)) return;
    ++call_;
    if (!going()) return;
    const bool sampled = !workload_.every_call;
    if (sampled && !options_.only && call_ % kSampleEvery != options_.seed % kSampleEvery) return;
    explorer_.at_call(driver_, call_, info.site.name, sampled);
  }

  /// `line` makes a line for whoever wants to know.
  template <class Line>
  void trace(Line line) {
    if (options_.trace) options_.trace(std::to_string(call_) + ": " + line());
  }

  static std::string describe(const std::vector<tests::OwnedAppend>& appends) {
    std::string text = "append";
    for (const tests::OwnedAppend& append : appends) {
      text += " " + append.stream + " (" + expected_text(append.expected) + ")";
      for (const tests::OwnedEvent& event : append.events) {
        text += " " + event.type + "/" + std::to_string(event.data.size());
      }
    }
    return text;
  }

  static std::string expected_text(const Expected& expected) {
    switch (expected.kind) {
      case Expected::Kind::any:
        return "any";
      case Expected::Kind::no_stream:
        return "no stream";
      case Expected::Kind::stream_exists:
        return "exists";
      case Expected::Kind::version:
        break;
    }
    return std::to_string(expected.version.value());
  }

  void do_step(std::uint64_t choice, std::uint64_t turns) {
    if (choice == 0) return restart();
    if (choice == 1 && workload_.faults) return crash();
    if (choice < 6 && workload_.faults) return fail_in_step();
    if (choice == 6 && workload_.faults) return mend_everything();
    if (choice == 7 && driver_.outside().keeps_house()) return keep_house(turns);
    while (driver_.outside().history.in_flight() >= workload_.in_flight_max && going()) {
      driver_.settle();
      if (workload_.faults) break;
    }
    std::vector<tests::OwnedAppend> append = operations_.append(driver_.outside().history.model());
    trace([&] { return describe(append); });
    driver_.submit(std::move(append));
    for (std::uint64_t i = 0; i < turns && going(); ++i) driver_.go_on();
    if (workload_.faults && driver_.failed()) after_failure();
  }

  void keep_house(std::uint64_t turns) {
    trace([] { return std::string("compact and compress"); });
    driver_.keep_house();
    for (std::uint64_t i = 0; i < turns && going(); ++i) driver_.go_on();
  }

  void open() {
    if (workload_.faults && random_.chance(2)) fail_something(kCallsOfOpening);
    Result<void> opened = driver_.open();
    if (!opened && workload_.faults && opened.assume_error().code() != Errc::corrupt) {
      // Whatever failed is over: the next one must work, as if the first had not been.
      driver_.disk().clear_faults();
      opened = driver_.open();
    }
    if (!opened) {
      verdict_.violated(opened.assume_error().code() == Errc::corrupt ? "I11" : "I10",
                        "the store does not open: " + opened.assume_error().message());
      return;
    }
    driver_.check_recovered();
    driver_.disk().clear_faults();
    driver_.outside().history.allow_refusals(false);
  }

  /// Closes in order, and opens again.
  void restart() {
    trace([] { return std::string("close and open"); });
    ++restarts_;
    driver_.disk().clear_faults();
    driver_.settle();
    if (driver_.failed()) return after_failure();
    driver_.outside().history.closed(verdict_);
    const Result<void> closed = driver_.close();
    if (!closed) verdict_.violated("I15", "closing failed: " + closed.assume_error().message());
    if (going()) open();
  }

  /// The machine or the process dies, and starts again.
  void crash() {
    ++restarts_;
    driver_.crash([this](sim::SimDisk& disk) {
      disk.clear_faults();
      const Survivors survivors = draw(disk, random_);
      trace([&] { return "crash " + survivors.to_text() + ", and open"; });
      survivors.apply(disk);
    });
    open();
  }

  /// The store has failed: what is durable can be read, appends are refused, and a crash follows.
  void after_failure() {
    driver_.disk().clear_faults();
    driver_.settle();
    driver_.submit(operations_.append(driver_.outside().history.model()));
    driver_.settle();
    if (driver_.outside().history.in_flight() > 0) {
      verdict_.violated("I15", "a failed store does not answer");
    }
    if (going()) crash();
  }

  void fail_in_step() {
    fail_something(kCallsOfStep);
    if (!driver_.outside().keeps_house() || !random_.chance(4)) return;
    driver_.keep_house();  // which would hardly come before the fault is mended
    driver_.settle_house();
  }

  void fail_something(std::uint64_t calls) {
    if (random_.chance(4)) return fail_site(draw_site());
    add(rule_of_kind(calls));
  }

  void add(FaultRule fault) {
    trace([&] {
      return "fault " + std::string(sim::call_name(*fault.call)) + " of " + fault.name + " at " +
             fault.site + ", number " + std::to_string(fault.nth) +
             (fault.for_ever ? " and all after it: " : ": ") +
             (fault.error == 0 ? "short" : strerrorname_np(fault.error));
    });
    driver_.disk().add_fault(std::move(fault));
    driver_.outside().history.allow_refusals(true);
  }

  void mend_everything() {
    trace([] { return std::string("no more faults"); });
    driver_.disk().clear_faults();
  }

  /// Any place; often the one whose turn it is in this run, or one of what only this kind of store does.
  const KnownSite& draw_site() {
    if (random_.chance(3)) return target_;
    const std::span<const KnownSite> all = known_sites();
    const Outside& store = driver_.outside();
    std::string_view prefix;
    if (store.proofs && random_.chance(3)) prefix = "proof.";
    if (store.merges && random_.chance(3)) prefix = "log.compact_";
    if (store.compresses && random_.chance(3)) prefix = "log.compress_";
    while (true) {
      const KnownSite& site = all[random_.below(all.size())];
      if (site.name.starts_with(prefix)) return site;
    }
  }

  /// One failure at one place, so that each place has its turn.
  void fail_site(const KnownSite& site) {
    for (const KnownSite& before : known_sites()) {
      if (before.name == site.after) add(rule_for(before, 1, random_));
    }
    add(rule_for(site, site.after.empty() ? 1 + random_.below(2) : 1, random_));
  }

  /// A failure of a kind that this run has, anywhere. `calls`: at one of so many.
  FaultRule rule_of_kind(std::uint64_t calls) {
    const std::uint64_t nth = 1 + random_.below(calls);
    std::uint64_t kind = random_.below(kKinds);
    while (!kinds_[kind]) kind = (kind + 1) % kKinds;
    switch (static_cast<Kind>(kind)) {
      case Kind::sync:
        return {.call = Call::fdatasync,
                .nth = nth,
                .error = EIO,
                .sync_failure = random_.chance(4) ? sim::SyncFailure::cache_new
                                                  : sim::SyncFailure::cache_reverted};
      case Kind::write:
        return {.call = Call::pwrite, .nth = nth, .error = EIO, .count = random_.below(2'000)};
      case Kind::short_write:
        return {.call = Call::pwrite, .nth = nth, .count = 1 + random_.below(500)};
      case Kind::interrupted:
        return {.call = random_.chance(4) ? Call::pwrite : Call::pread, .nth = nth, .error = EINTR};
      case Kind::space:
        return {.call = random_.chance(4) ? Call::pwrite : Call::openat,
                .name = random_.chance(4) ? "*.tmp" : "*",
                .nth = nth,
                .for_ever = true,
                .error = random_.chance(4) ? ENOSPC : EDQUOT};
      case Kind::descriptors:
        return {.call = Call::openat, .nth = nth, .for_ever = true, .error = EMFILE};
      case Kind::names: {
        constexpr std::array kCalls{Call::renameat,        Call::unlinkat,   Call::fsync,
                                    Call::fsync_directory, Call::readdir,    Call::same_inode,
                                    Call::flock_exclusive, Call::fstat_size, Call::ftruncate};
        return {.call = kCalls[random_.below(kCalls.size())], .nth = nth, .error = EIO};
      }
      case Kind::reads: {
        constexpr std::array kCalls{Call::pread, Call::mmap, Call::openat};
        return {.call = kCalls[random_.below(kCalls.size())], .nth = nth, .error = EIO};
      }
    }
    return {};
  }

  void finish() {
    driver_.disk().clear_faults();
    driver_.settle();
    if (workload_.faults && driver_.failed()) after_failure();
    if (!going()) return;
    if (driver_.outside().keeps_house()) {
      driver_.keep_house();
      driver_.settle_house();
    }
    driver_.check_reads();
    restart();
    if (going()) {
      ++call_;
      explorer_.at_call(driver_, call_, "the end", !workload_.every_call);
    }
  }

  RunResult result() {
    RunResult result;
    result.failure = explorer_.failure();
    if (!verdict_.clean()) result.failure = Failure{0, "", verdict_.violation()};
    result.explored = explorer_.counts();
    result.history = driver_.outside().history.counts();
    result.driver = driver_.counts();
    result.failed_sites = explorer_.counts().failed_sites;
    add_failures(driver_.disk(), result.failed_sites);
    result.restarts = restarts_;
    result.trace_hash = driver_.disk().trace_hash();
    return result;
  }

  const Workload& workload_;
  const RunOptions& options_;
  const KnownSite& target_;  // a long campaign has each several times
  sim::Random random_;
  std::array<bool, kKinds> kinds_{};
  tests::Operations operations_;
  Verdict verdict_;
  Driver driver_;
  Explorer explorer_;
  std::uint64_t call_ = 0;
  std::uint64_t restarts_ = 0;
};

}  // namespace

RunResult& RunResult::operator+=(const RunResult& other) {
  explored += other.explored;
  history += other.history;
  driver += other.driver;
  for (const auto& [site, errors] : other.failed_sites) {
    for (const auto& [error, count] : errors) failed_sites[site][error] += count;
  }
  restarts += other.restarts;
  trace_hash += other.trace_hash;
  return *this;
}

RunResult run(const Workload& workload, const RunOptions& options) {
  const LastWords words("in this run: " + replay_command(workload, options));
  return Run(workload, options).go();
}

}  // namespace esker::crash
