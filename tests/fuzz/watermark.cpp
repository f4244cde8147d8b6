// A slot of the watermark file: what is parsed encodes to the same bytes again.

#include "format/watermark.hpp"

#include <algorithm>
#include <array>

#include "fuzz/checksums.hpp"
#include "fuzz/input.hpp"

namespace esker::fuzz {
namespace {

void try_watermark(Input input) {
  const bool seal = input.number<std::uint8_t>() % 2 == 1;
  std::array<std::byte, format::kWatermarkSlotBytes> slot{};
  std::ranges::copy(input.take(slot.size()), slot.begin());
  if (seal) seal_watermark_slot(slot);
  const std::optional<format::Watermark> watermark = format::parse_watermark(slot);
  if (!watermark) return;
  require(format::encode_watermark(*watermark) == slot, "it encodes to the same");
}

}  // namespace
}  // namespace esker::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esker::fuzz::try_watermark({data, size});
  return 0;
}
