#include "crash/campaign.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "base/mutex.hpp"

namespace esker::crash {
namespace {

using std::chrono::steady_clock;

/// Hands out runs, and gathers what came of them.
class Campaign {
 public:
  explicit Campaign(const CampaignOptions& options)
      : options_(options), begin_(steady_clock::now()) {
    for (const Workload* const workload : options.workloads) {
      for (std::uint64_t i = 0; i < workload->weight; ++i) round_.push_back({workload, i});
    }
  }

  CampaignResult go() {
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < options_.jobs; ++i) threads.emplace_back([this] { work(); });
    work();
    for (std::thread& thread : threads) thread.join();
    base::MutexLock lock(mutex_);
    if (harness_fault_) std::rethrow_exception(harness_fault_);
    result_.seconds = std::chrono::duration<double>(steady_clock::now() - begin_).count();
    return std::move(result_);
  }

 private:
  void work() noexcept {
    try {
      run_all();
    } catch (...) {
      base::MutexLock lock(mutex_);
      harness_fault_ = std::current_exception();
      stop_.store(true, std::memory_order_relaxed);
    }
  }

  void run_all() {
    while (true) {
      const std::uint64_t number = next_.fetch_add(1, std::memory_order_relaxed);
      const std::uint64_t round = number / round_.size();
      if (over(round)) return;
      const auto& [workload_of_turn, turn] = round_[number % round_.size()];
      const Workload& workload = *workload_of_turn;
      const std::uint64_t seed = (options_.seed_first + round) * workload.weight + turn;
      const RunOptions run_options{.seed = seed, .depth = options_.depth};
      const RunResult result = run(workload, run_options);
      base::MutexLock lock(mutex_);
      result_.total += result;
      ++result_.runs;
      result_.seed_last = std::max(result_.seed_last, options_.seed_first + round);
      if (result.failure && !result_.failed) {
        result_.failed = FailedRun{&workload, run_options, *result.failure};
        stop_.store(true, std::memory_order_relaxed);
      }
    }
  }

  [[nodiscard]] bool over(std::uint64_t round) const {
    if (stop_.load(std::memory_order_relaxed) || !options_.go_on()) return true;
    if (options_.time) return steady_clock::now() - begin_ >= *options_.time;
    return round >= options_.seeds;
  }

  const CampaignOptions& options_;
  const steady_clock::time_point begin_;
  std::vector<std::pair<const Workload*, std::uint64_t>> round_;  // with the turn of the workload
  std::atomic<std::uint64_t> next_ = 0;
  std::atomic<bool> stop_ = false;
  base::Mutex mutex_;
  CampaignResult result_ ESKER_GUARDED_BY(mutex_);
  std::exception_ptr harness_fault_ ESKER_GUARDED_BY(mutex_);
};

/// The run with this reduction, when it fails too.
std::optional<FailedRun> still_fails(const FailedRun& failed, const Reduction& reduction) {
  RunOptions options = failed.options;
  options.reduction = reduction;
  options.only.reset();  // calls have other numbers now
  const RunResult result = run(*failed.workload, options);
  if (!result.failure) return std::nullopt;
  return FailedRun{failed.workload, options, *result.failure};
}

}  // namespace

RunOptions options_at_failure(const FailedRun& failed) {
  RunOptions options = failed.options;
  if (failed.failure.call > 0) {
    const std::optional<Survivors> survivors = Survivors::parse(failed.failure.survivors);
    options.only = Point{failed.failure.call, survivors.value_or(Survivors{})};
  }
  return options;
}

std::string describe(const FailedRun& failed) {
  std::string lines;
  RunOptions options = options_at_failure(failed);
  options.trace = [&lines](std::string line) { lines += line + "\n"; };
  run(*failed.workload, options);
  return lines;
}

CampaignResult run_campaign(const CampaignOptions& options) { return Campaign(options).go(); }

FailedRun shrink(const FailedRun& failed) {
  FailedRun best = failed;
  const auto try_reduction = [&best](const Reduction& reduction) {
    std::optional<FailedRun> smaller = still_fails(best, reduction);
    if (smaller) best = std::move(*smaller);
    return smaller.has_value();
  };
  // Steps, first in large blocks: whole halves often do not matter.
  for (std::uint64_t block = std::max<std::uint64_t>(failed.workload->steps / 2, 1); block > 0;
       block /= 2) {
    for (std::uint64_t first = 0; first < failed.workload->steps; first += block) {
      Reduction reduction = best.options.reduction;
      for (std::uint64_t step = first; step < first + block; ++step) {
        reduction.skipped_steps.insert(step);
      }
      if (reduction != best.options.reduction) try_reduction(reduction);
    }
  }
  for (const std::uint64_t events : {1U, 2U, 3U}) {
    Reduction reduction = best.options.reduction;
    reduction.events_max = events;
    if (try_reduction(reduction)) break;
  }
  for (const std::uint64_t bytes : {1U, 8U, 64U}) {
    Reduction reduction = best.options.reduction;
    reduction.bytes_max = bytes;
    if (try_reduction(reduction)) break;
  }
  return best;
}

}  // namespace esker::crash
