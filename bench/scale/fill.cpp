#include "scale/fill.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <exception>
#include <iostream>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <vector>

#include "load.hpp"

namespace esker::bench {

namespace {

constexpr std::size_t kInFlight = 1024;

/// Hands out the numbers of a range, and notes when each tenth of it began.
class Numbers {
 public:
  Numbers(std::uint64_t first, std::uint64_t count)
      : next_(first), first_(first), count_(count), tenth_(count / 10) {}

  std::optional<std::uint64_t> take() {
    const std::uint64_t number = next_.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t done = number - first_;
    if (done >= count_) return std::nullopt;
    // Only who took this very number gets here, and readers come after the last answer.
    if (done % tenth_ == 0 && done / tenth_ < 10) begun_[done / tenth_] = BenchClock::now();
    return number;
  }

  [[nodiscard]] std::array<double, 10> rates(BenchClock::time_point end) const {
    std::array<double, 10> rates{};
    for (std::size_t tenth = 0; tenth < 10; ++tenth) {
      const auto until = tenth + 1 < 10 ? begun_[tenth + 1] : end;
      const std::uint64_t events = tenth + 1 < 10 ? tenth_ : count_ - 9 * tenth_;
      rates[tenth] = static_cast<double>(events) /
                     std::chrono::duration<double>(until - begun_[tenth]).count();
    }
    return rates;
  }

 private:
  std::atomic<std::uint64_t> next_;
  std::uint64_t first_;
  std::uint64_t count_;
  std::uint64_t tenth_;
  std::array<BenchClock::time_point, 10> begun_{};
};

/// What the commits in flight share.
struct Filling {
  Store& store;
  const History& history;
  Numbers numbers;
  std::latch done{kInFlight};
  std::mutex mutex{};
  std::optional<Error> error{};  ///< Of one that failed; under `mutex`.
};

/// Keeps one commit in flight: appends the next event from the answer's handler.
class Slot {
 public:
  explicit Slot(Filling& filling) : filling_(filling) {}

  void submit() {
    const std::optional<std::uint64_t> number = filling_.numbers.take();
    if (!number) {
      filling_.done.count_down();
      return;
    }
    event_.become(filling_.history, *number);
    filling_.store.append_async(event_.streams(), [this](Result<AppendResult> result) {
      if (result) {
        submit();
      } else {
        fail(std::move(result).error());
      }
    });
  }

 private:
  void fail(Error error) {
    {
      const std::scoped_lock lock(filling_.mutex);
      filling_.error = std::move(error);
    }
    filling_.done.count_down();
  }

  Filling& filling_;
  HistoryEvent event_;
};

}  // namespace

Fill fill(Store& store, const History& history, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t log_bytes = store.info().log_bytes;
  Filling filling{store, history, Numbers(first, count)};
  std::vector<std::unique_ptr<Slot>> slots;
  for (std::size_t slot = 0; slot < kInFlight; ++slot) {
    slots.push_back(std::make_unique<Slot>(filling));
  }
  const auto begin = BenchClock::now();
  for (const auto& slot : slots) slot->submit();
  filling.done.wait();
  const auto end = BenchClock::now();
  if (filling.error) throw std::runtime_error(filling.error->message());
  Samples none;
  return {summarize(count, store.info().log_bytes - log_bytes, end - begin, none),
          filling.numbers.rates(end)};
}

void fill_and_kill(const std::string& directory, const History& history, std::uint64_t first,
                   std::uint64_t count) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot start a process that is to be killed");
  if (child == 0) {
    try {
      Store store = must(Store::open(directory));
      fill(store, history, first, count);
      ::raise(SIGKILL);
    } catch (const std::exception& error) {
      std::cerr << "es-bench: " << error.what() << '\n';
    }
    ::_exit(1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR)
      throw std::runtime_error("cannot wait for the process that is to be killed");
  }
  if (!WIFSIGNALED(status))
    throw std::runtime_error("the process that was to be killed has failed");
}

HistoryEvent::HistoryEvent() {
  event_.data = event_data();
  append_ = {stream_, Expected::any(), {&event_, 1}};
}

void HistoryEvent::become(const History& history, std::uint64_t number) {
  stream_ = history.stream_of(number);
  event_.id = History::id_of(number);
  event_.type = history.type_of(number);
  append_.stream = stream_;
}

}  // namespace esker::bench
