// A segment's header and footer: what is parsed encodes to the same bytes again, and a footer lies within its file.

#include "format/segment.hpp"

#include <algorithm>
#include <array>

#include "fuzz/checksums.hpp"
#include "fuzz/input.hpp"

namespace esker::fuzz {
namespace {

/// Of the header's 4096 bytes the rest must be zero, so that an input need not hold it.
constexpr std::size_t kHeaderBytesGiven = 128;

void try_segment(Input input) {
  const auto mode = input.number<std::uint8_t>();
  std::array<std::byte, format::kSegmentHeaderBytes> header_bytes{};
  std::ranges::copy(input.take(kHeaderBytesGiven), header_bytes.begin());
  std::array<std::byte, format::kSegmentFooterBytes> footer_bytes{};
  std::ranges::copy(input.take(footer_bytes.size()), footer_bytes.begin());
  if ((mode & 1) != 0) {
    seal_segment_header(header_bytes);
    seal_segment_footer(footer_bytes);
  }
  const Result<format::SegmentHeader> header = format::parse_segment_header(header_bytes);
  if (!header) return;
  require(format::encode_segment_header(header.assume_value()) == header_bytes,
          "a header encodes to the same");
  const auto footer = format::parse_segment_footer(footer_bytes, header.assume_value());
  if (!footer || !footer.assume_value()) return;
  const format::SegmentFooter& found = *footer.assume_value();
  require(format::encode_segment_footer(found) == footer_bytes, "a footer encodes to the same");
  require(found.records_end.value() <=
              format::offset_table_begin(header.assume_value().file_bytes, found.records).value(),
          "records end before the offset table");
  require(found.first.plus(found.records) > found.first, "positions do not wrap");
}

}  // namespace
}  // namespace esker::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esker::fuzz::try_segment({data, size});
  return 0;
}
