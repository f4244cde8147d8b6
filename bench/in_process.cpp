#include "in_process.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "load.hpp"

namespace esker::bench {

namespace {

constexpr std::size_t kEventsInARow = 10;

/// Keeps one commit in flight: appends it again, with new ids, from the answer's handler.
class InFlight {
 public:
  InFlight(Store& store, std::uint64_t number, std::size_t events, std::latch& done)
      : store_(store), commit_(number, events), done_(done) {}

  /// Goes on until `deadline`; then counts `done` down.
  void start(BenchClock::time_point deadline) {
    deadline_ = deadline;
    submit();
  }

  Samples samples;
  std::optional<Error> error;

 private:
  void submit() {
    submitted_ = BenchClock::now();
    store_.append_async(commit_.streams(),
                        [this](Result<AppendResult> result) { answered(std::move(result)); });
  }

  void answered(Result<AppendResult> result) {
    const auto now = BenchClock::now();
    if (!result) {
      error = std::move(result).error();
      done_.count_down();
      return;
    }
    samples.add(now - submitted_);
    if (now >= deadline_) {
      done_.count_down();
      return;
    }
    commit_.renew();
    submit();
  }

  Store& store_;
  Commit commit_;
  std::latch& done_;
  BenchClock::time_point deadline_;
  BenchClock::time_point submitted_;
};

Measured finish(const Store& store, const StoreInfo& before, BenchClock::time_point begin,
                std::size_t events, Samples& samples) {
  const auto elapsed = BenchClock::now() - begin;
  return summarize(samples.count() * events, store.info().log_bytes - before.log_bytes, elapsed,
                   samples);
}

}  // namespace

Measured append_from_threads(Store& store, int callers, std::size_t events,
                             std::chrono::nanoseconds time) {
  const auto deadline = BenchClock::now() + time;
  return append_from_threads(store, callers, events,
                             [deadline] { return BenchClock::now() < deadline; });
}

Measured append_from_threads(Store& store, int callers, std::size_t events,
                             const std::function<bool()>& more) {
  const StoreInfo before = store.info();
  std::mutex mutex;
  Samples all;
  std::optional<Error> error;
  const auto begin = BenchClock::now();
  {
    std::vector<std::jthread> threads;
    for (int caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&, caller] {
        Commit commit(static_cast<std::uint64_t>(caller), events);
        Samples samples;
        while (more()) {
          const auto now = BenchClock::now();
          auto result = store.append(commit.streams());
          const std::chrono::nanoseconds latency = BenchClock::now() - now;
          if (!result) {
            const std::scoped_lock lock(mutex);
            error = std::move(result).error();
            return;
          }
          samples.add(latency);
          commit.renew();
        }
        const std::scoped_lock lock(mutex);
        all.add(samples);
      });
    }
  }
  if (error) throw std::runtime_error(error->message());
  return finish(store, before, begin, events, all);
}

Measured append_in_flight(Store& store, int in_flight, std::size_t events,
                          std::chrono::nanoseconds time) {
  const StoreInfo before = store.info();
  std::latch done(in_flight);
  std::vector<std::unique_ptr<InFlight>> slots;
  for (int slot = 0; slot < in_flight; ++slot) {
    slots.push_back(
        std::make_unique<InFlight>(store, static_cast<std::uint64_t>(slot), events, done));
  }
  const auto begin = BenchClock::now();
  for (const auto& slot : slots) slot->start(begin + time);
  done.wait();
  Samples all;
  for (const auto& slot : slots) {
    if (slot->error) throw std::runtime_error(slot->error->message());
    all.add(slot->samples);
  }
  return finish(store, before, begin, events, all);
}

std::string FilledStore::stream_name(std::uint64_t number) {
  return "order-" + std::to_string(number);
}

FilledStore::FilledStore(std::string directory, std::uint64_t events)
    : directory_(std::move(directory)) {
  StoreOptions options;
  options.durability = Durability::none();  // filling is not what is measured
  Store store = must(Store::open(directory_, options));
  std::vector<std::string> names;
  for (std::uint64_t stream = 0; stream < kStreams; ++stream) names.push_back(stream_name(stream));
  Commit commit(0, kStreams * kEventsInARow);
  while (events_ < events) {
    commit.renew();
    std::vector<StreamAppend> streams;
    for (std::uint64_t stream = 0; stream < kStreams; ++stream) {
      streams.push_back({names[stream], Expected::any(),
                         commit.events().subspan(stream * kEventsInARow, kEventsInARow)});
    }
    must(store.append(streams));
    events_ += commit.events().size();
  }
  bytes_per_event_ = static_cast<double>(store.info().log_bytes) / static_cast<double>(events_);
  must(store.close());
}

Measured FilledStore::open(std::chrono::nanoseconds time) {
  Samples samples;
  const auto begin = BenchClock::now();
  while (BenchClock::now() - begin < time || samples.count() == 0) {
    const auto before = BenchClock::now();
    Store store = must(Store::open(directory_));
    samples.add(BenchClock::now() - before);
    must(store.close());
  }
  Measured measured = summarize(samples.count(), 0, BenchClock::now() - begin, samples);
  measured.per_second = 0;  // closing, which is no part of it, would be counted
  return measured;
}

Measured FilledStore::read(const Query& query, std::chrono::nanoseconds time) {
  const Store store = must(Store::open(directory_));
  Samples none;
  std::uint64_t events = 0;
  const auto begin = BenchClock::now();
  while (BenchClock::now() - begin < time || events == 0) {
    Cursor cursor = must(store.read(query));
    while (must(cursor.next())) ++events;
  }
  const auto elapsed = BenchClock::now() - begin;
  const auto bytes = static_cast<std::uint64_t>(bytes_per_event_ * static_cast<double>(events));
  return summarize(events, bytes, elapsed, none);
}

}  // namespace esker::bench
