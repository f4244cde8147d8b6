#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "esker/uuid.hpp"
#include "index/index.hpp"
#include "index/memtable.hpp"
#include "index/term.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"
#include "scratch_directory.hpp"

// The index on the append path (hash, add) and on the read path (find in memory, on disk, and of what is not there).

namespace esker::index {
namespace {

const Uuid kStore = Uuid::from_name(Uuid(), "benchmark");
constexpr std::uint64_t kStreams = 10000;

/// As many events as a segment of 256 MiB holds of 256 bytes each; of all of them the id is new and the stream one of ten thousand.
std::vector<EventTerms> make_events(std::uint64_t count) {
  const TermHasher hasher(kStore);
  std::mt19937_64 random(1);
  std::vector<EventTerms> events;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::array<std::byte, Uuid::kBytes> id;
    for (std::size_t at = 0; at < id.size(); at += 8) {
      const std::uint64_t bits = random();
      std::memcpy(id.data() + at, &bits, sizeof(bits));
    }
    events.push_back({hasher.stream("account-" + std::to_string(random() % kStreams)),
                      hasher.category("account"),
                      hasher.type("type-" + std::to_string(random() % 10)), hasher.id(Uuid(id))});
  }
  return events;
}

/// Fewer, in the environment, let a test see that everything runs.
const std::vector<EventTerms>& segment_events() {
  static const std::vector<EventTerms> events = [] {
    const char* const count = std::getenv("ESKER_BENCH_EVENTS");
    return make_events(count == nullptr ? 800'000 : std::strtoull(count, nullptr, 10));
  }();
  return events;
}

/// The position behind the segment's last event.
Position segment_end() { return Position(1).plus(segment_events().size()); }

void hash_terms_of_event(benchmark::State& state) {
  const TermHasher hasher(kStore);
  std::string stream = "account-1234567890";
  for (auto _ : state) {
    ++stream.back();
    benchmark::DoNotOptimize(hasher.stream(stream));
    benchmark::DoNotOptimize(hasher.category("account"));
    benchmark::DoNotOptimize(hasher.type("money-deposited"));
    benchmark::DoNotOptimize(hasher.id(kStore));
  }
}
BENCHMARK(hash_terms_of_event);

/// A whole segment's worth for each round, so that what growing costs is counted.
void memtable_add_event(benchmark::State& state) {
  const auto& events = segment_events();
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    auto memtable = std::make_unique<Memtable>(SegmentId(1), Position(1));
    for (std::uint64_t i = 0; i < events.size(); ++i) memtable->add(Position(1 + i), events[i]);
    bytes = memtable->memory_bytes();
    state.PauseTiming();
    memtable.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events.size()));
  state.counters["bytes/event"] = static_cast<double>(bytes) / static_cast<double>(events.size());
}
BENCHMARK(memtable_add_event)->Unit(benchmark::kMillisecond);

/// An index of one segment, in memory or as a run.
class OneSegment {
 public:
  explicit OneSegment(bool flush) {
    directory_ = io::open_directory(scratch_.path(), {}).value().directory;
    index_ = Index::open(*directory_, io::system_clock(), kStore, {},
                         [](const SegmentKey&, UniqueFunction<void(Position, const EventTerms&)>&) {
                           return Result<void>(ok());
                         })
                 .value();
    index_->begin_segment(SegmentId(1), Position(1));
    for (std::uint64_t i = 0; i < segment_events().size(); ++i) {
      index_->add(Position(1 + i), segment_events()[i]);
    }
    if (!flush) return;
    index_->segment_sealed({SegmentId(1), format::Salt(1), Position(1), segment_end()});
    index_->background_step();
  }
  [[nodiscard]] const Index& index() const { return *index_; }

 private:
  bench::ScratchDirectory scratch_{std::filesystem::temp_directory_path()};
  std::unique_ptr<io::Directory> directory_;
  std::unique_ptr<Index> index_;
};

enum Where : std::int64_t { kMemtable, kRun };

/// One random term after the other; `term` picks it from an event, or makes one that is not there.
template <class PickTerm>
void find_terms(benchmark::State& state, std::size_t max, PickTerm pick) {
  const OneSegment segment(state.range(0) == kRun);
  std::mt19937_64 random(2);
  std::vector<Position> positions;
  std::uint64_t found = 0;
  for (auto _ : state) {
    positions.clear();
    const EventTerms& event = segment_events()[random() % segment_events().size()];
    const Position from(1 + random() % segment_events().size());
    benchmark::DoNotOptimize(segment.index().find(pick(event), Direction::forwards, from,
                                                  segment_end(), max, positions));
    found += positions.size();
  }
  state.counters["found"] = static_cast<double>(found) / static_cast<double>(state.iterations());
}

void find_id(benchmark::State& state) {
  find_terms(state, 1, [](const EventTerms& event) { return event.id; });
}
BENCHMARK(find_id)->Arg(kMemtable)->Arg(kRun);

void find_absent(benchmark::State& state) {
  find_terms(state, 1, [](const EventTerms& event) { return Term{event.id.low, event.id.high}; });
}
BENCHMARK(find_absent)->Arg(kMemtable)->Arg(kRun);

void find_stream_64(benchmark::State& state) {
  find_terms(state, 64, [](const EventTerms& event) { return event.stream; });
}
BENCHMARK(find_stream_64)->Arg(kMemtable)->Arg(kRun);

void find_type_1000(benchmark::State& state) {
  find_terms(state, 1000, [](const EventTerms& event) { return event.type; });
}
BENCHMARK(find_type_1000)->Arg(kMemtable)->Arg(kRun);

void flush_segment(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto segment = std::make_unique<OneSegment>(false);
    state.ResumeTiming();
    const_cast<Index&>(segment->index())
        .segment_sealed({SegmentId(1), format::Salt(1), Position(1), segment_end()});
    const_cast<Index&>(segment->index()).background_step();
    state.counters["run bytes/event"] = static_cast<double>(segment->index().stats().run_bytes) /
                                        static_cast<double>(segment_events().size());
    state.PauseTiming();
    segment.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(flush_segment)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace esker::index
