// Does one thing to a store a number of times, the same way in every run, so that bench/instructions can count what the processor does
// for it. One thread; ids, times and streams follow from numbers.

#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "esker/cursor.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"
#include "load.hpp"
#include "scale/history.hpp"
#include "store/engine.hpp"

namespace esker::bench {

namespace {

constexpr std::uint64_t kSegmentBytes = 1 << 20;  // so that sealing and indexing have their share
constexpr std::uint64_t kFilledEvents = 20'000;

/// A clock that stands still.
class StoppedClock final : public io::Clock {
 public:
  Timestamp now() override { return Timestamp(1'700'000'000'000'000'000); }
  std::chrono::nanoseconds monotonic() override { return std::chrono::seconds(1); }
};

/// An engine without threads in a directory of the machine: what the kernel does is not counted.
class SteadyStore {
 public:
  explicit SteadyStore(const std::string& path)
      : directory_(std::move(must(io::open_directory(path, {})).directory)) {
    store::EngineOptions options;
    options.threads = false;
    options.store.segment_bytes = kSegmentBytes;
    options.store.segment_bytes_first = kSegmentBytes;
    options.random = [this] { return History::id_of(~++random_); };
    engine_ = must(store::Engine::open(*directory_, clock_, options));
  }

  /// Returns the event's position, or that of the last one.
  Position append(const NewCommit& commit, AppendOutcome outcome) {
    std::optional<AppendResult> answer;
    engine_->append_async(commit,
                          [&](Result<AppendResult> result) { answer = must(std::move(result)); });
    engine_->run_until_idle();
    if (!answer || answer->outcome != outcome) {
      throw std::runtime_error("an append was taken for another");
    }
    return answer->position();
  }

  Cursor read(const Query& query) { return Cursor(must(engine_->read(query))); }

 private:
  StoppedClock clock_;
  std::unique_ptr<io::Directory> directory_;
  std::uint64_t random_ = 0;
  std::unique_ptr<store::Engine> engine_;
};

/// The first `count` events of the history, made before anything is counted.
class Events {
 public:
  explicit Events(std::uint64_t count) : history_(kFilledEvents) {
    for (std::uint64_t number = 0; number < count; ++number) {
      streams_.push_back(history_.stream_of(number));
      NewEvent& event = events_.emplace_back();
      event.id = History::id_of(number);
      event.type = history_.type_of(number);
      event.data = event_data();
    }
  }

  /// Event `number` as a commit.
  [[nodiscard]] StreamAppend one(std::uint64_t number) const {
    return {streams_[number], Expected::any(), std::span(events_).subspan(number, 1)};
  }
  /// The events [`first`, `first` + `count`) for the stream of the first.
  [[nodiscard]] StreamAppend many(std::uint64_t first, std::size_t count) const {
    return {streams_[first], Expected::any(), std::span(events_).subspan(first, count)};
  }
  [[nodiscard]] const std::string& stream(std::uint64_t number) const { return streams_[number]; }

 private:
  History history_;
  std::vector<std::string> streams_;
  std::vector<NewEvent> events_;
};

/// What was asked for.
struct Task {
  std::string directory;
  std::uint64_t count = 0;  ///< Of events.
  std::uint64_t of = 0;  ///< As many are made, so that making them costs the same for every count.
};

void append_singly(const Task& task, AppendOutcome outcome) {
  const Events events(task.of);
  SteadyStore store(task.directory);
  for (std::uint64_t number = 0; number < task.count; ++number) {
    const StreamAppend one = events.one(number);
    store.append(std::span(&one, 1), outcome);
  }
}

/// Events with a tag of their stream and one of its type, `conditional` on that no other one of these has come since the stream's last.
void append_tagged(const Task& task, bool conditional) {
  const Events events(task.of);
  SteadyStore store(task.directory);
  std::map<std::string, Condition> conditions;
  for (std::uint64_t number = 0; number < task.count; ++number) {
    StreamAppend one = events.one(number);
    const std::string stream(one.stream);
    const std::string order = "order=" + stream;
    const std::string customer = "customer=" + stream;
    const Tags tags{order, customer};
    NewEvent event = one.events.front();
    event.tags = tags;
    one.events = std::span(&event, 1);
    // Made for either, so that the difference is what the store does.
    auto& condition = conditions[stream];
    condition.filter.items = {{{std::string(event.type)}, {order, customer}}};
    const NewCommit commit(std::span(&one, 1), conditional ? &condition : nullptr);
    condition.after = store.append(commit, AppendOutcome::written);
  }
}

void append_hundreds(const Task& task) {
  constexpr std::size_t kCommitEvents = 100;
  const Events events(task.of);
  SteadyStore store(task.directory);
  for (std::uint64_t first = 0; first < task.count; first += kCommitEvents) {
    const StreamAppend many = events.many(first, kCommitEvents);
    store.append(std::span(&many, 1), AppendOutcome::written);
  }
}

void read(const Task& task, const Selector& selector) {
  SteadyStore store(task.directory);
  Cursor cursor = store.read({.selector = selector, .limit = task.count});
  std::uint64_t events = 0;
  while (must(cursor.next())) ++events;
  if (events != task.count) throw std::runtime_error("there are too few events to read");
}

void read_streams(const Task& task) {
  const Events events(task.of);
  SteadyStore store(task.directory);
  for (std::uint64_t stream = 0; stream < task.count / kEventsAStream; ++stream) {
    Cursor cursor = store.read({.selector = Selector::stream(events.stream(stream))});
    std::uint64_t found = 0;
    while (must(cursor.next())) ++found;
    if (found != kEventsAStream) throw std::runtime_error("a stream is not whole");
  }
}

using Case = void (*)(const Task&);

const std::map<std::string, Case>& cases() {
  static const std::map<std::string, Case> all = {
      {"fill",
       [](const Task& task) {
         append_singly({task.directory, kFilledEvents, kFilledEvents}, AppendOutcome::written);
       }},
      {"append", [](const Task& task) { append_singly(task, AppendOutcome::written); }},
      {"append-100", append_hundreds},
      {"append-tags", [](const Task& task) { append_tagged(task, false); }},
      {"append-if", [](const Task& task) { append_tagged(task, true); }},
      {"retry", [](const Task& task) { append_singly(task, AppendOutcome::already_there); }},
      {"read-all", [](const Task& task) { read(task, Selector::all()); }},
      {"read-stream", read_streams},
      {"read-category", [](const Task& task) { read(task, Selector::category("order")); }},
  };
  return all;
}

int run(const std::vector<std::string>& arguments) {
  const auto found = arguments.size() == 4 ? cases().find(arguments[0]) : cases().end();
  if (found == cases().end()) {
    std::cerr << "Usage: es-instructions CASE COUNT OF DIRECTORY; see bench/instructions.\n"
                 "Does what CASE says to COUNT events, of which OF are made before.\nCases:";
    for (const auto& [name, function] : cases()) std::cerr << ' ' << name;
    std::cerr << '\n';
    return 2;
  }
  const Task task{arguments[3], std::stoull(arguments[1]), std::stoull(arguments[2])};
  if (task.count > task.of) throw std::runtime_error("COUNT is at most OF");
  found->second(task);
  return 0;
}

}  // namespace
}  // namespace esker::bench

int main(int count, char** arguments) {
  try {
    return esker::bench::run({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    std::cerr << "es-instructions: " << error.what() << '\n';
    return 1;
  }
}
