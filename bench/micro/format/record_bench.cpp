#include "format/record.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <vector>

namespace esker::format {
namespace {

constexpr Salt kSalt(42);
constexpr FileOffset kOffset(4096);

/// An event with `bytes` bytes of data, and its record.
struct Sample {
  explicit Sample(std::size_t bytes) : data(bytes, std::byte{'x'}) {
    event.id = Uuid::from_name(Uuid(), "sample");
    event.type = "OrderPlaced";
    event.data = data;
    record.resize(record_bytes(stream, event));
    encode();
  }

  void encode() {
    encode_record(record, kSalt, kOffset, stream, event,
                  {Position(7), Version(3), Timestamp(1), Position(6), true});
  }

  std::string_view stream = "order-1029";
  std::vector<std::byte> data;
  NewEvent event{};
  std::vector<std::byte> record;
};

void record_encode(benchmark::State& state) {
  Sample sample(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    sample.encode();
    benchmark::DoNotOptimize(sample.record.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(sample.record.size()));
}
BENCHMARK(record_encode)->Arg(16)->Arg(256)->Arg(4096)->Arg(65536);

void record_parse(benchmark::State& state) {
  const Sample sample(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    ParsedRecord parsed = parse_record(sample.record, kSalt, kOffset);
    benchmark::DoNotOptimize(parsed);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(sample.record.size()));
}
BENCHMARK(record_parse)->Arg(16)->Arg(256)->Arg(4096)->Arg(65536);

}  // namespace
}  // namespace esker::format
