#include "format/checksum.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

namespace esker::format {
namespace {

void crc32c_of(benchmark::State& state) {
  const std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)), std::byte{0x5a});
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(crc32c_of)->Arg(64)->Arg(256)->Arg(4096)->Arg(65536);

void place_seed_of(benchmark::State& state) {
  std::uint64_t offset = 0;
  for (auto _ : state) benchmark::DoNotOptimize(place_seed(Salt(42), FileOffset(offset += 8)));
}
BENCHMARK(place_seed_of);

}  // namespace
}  // namespace esker::format
