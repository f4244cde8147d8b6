// A record's bytes: what is parsed encodes to the same bytes again, and nothing is read behind the end.

#include "format/record.hpp"

#include <algorithm>
#include <vector>

#include "fuzz/checksums.hpp"
#include "fuzz/input.hpp"

namespace esker::fuzz {
namespace {

constexpr std::size_t kDurableLag = 52;
constexpr std::uint32_t kLagUnknown = 0xFFFFFFFF;

/// The lag that encoding would give: an unknown one of a low position is written as a number.
bool lag_comes_back(std::span<const std::byte> bytes, const format::RecordView& record) {
  const std::uint64_t lag = record.position.value() - record.durable.value();
  return base::load_le<std::uint32_t>(bytes, kDurableLag) ==
         std::min<std::uint64_t>(lag, kLagUnknown);
}

void check_gap(std::span<const std::byte> bytes, format::Salt salt, FileOffset offset,
               const format::RecordView& record) {
  require(record.end() > record.position, "positions do not wrap");
  std::vector<std::byte> again(record.padded_bytes());
  format::encode_gap(again, salt, offset,
                     {record.position, record.positions, record.time, record.commit_end});
  require(std::ranges::equal(again, bytes.first(again.size())), "a gap encodes to the same");
}

void try_record(Input input) {
  const bool seal = input.number<std::uint8_t>() % 2 == 1;
  const format::Salt salt(input.number<std::uint64_t>());
  const FileOffset offset(std::uint64_t{input.number<std::uint32_t>()} * format::kRecordAlignment);
  const std::span<const std::byte> given = input.rest();
  std::vector<std::byte> bytes(given.begin(), given.end());
  if (seal) seal_record(bytes, salt, offset);

  const format::ParsedRecord parsed = format::parse_record(bytes, salt, offset);
  if (parsed.fault != format::RecordFault::none) return;
  const format::RecordView& record = parsed.record;
  require(record.padded_bytes() <= bytes.size(), "a record lies within its bytes");
  if (record.gap()) return check_gap(bytes, salt, offset, record);
  if (!record.tags.empty() || !lag_comes_back(bytes, record)) return;
  if (record.released) {
    std::vector<std::byte> again(format::remnant_bytes(record));
    format::encode_remnant(again, salt, offset, record);
    return require(std::ranges::equal(again, std::span(bytes).first(record.padded_bytes())),
                   "a remnant encodes to the same");
  }
  const NewEvent event{record.id, record.type, record.data, record.metadata};
  require(format::record_bytes(record.stream, event) == record.padded_bytes(),
          "its length is told");
  std::vector<std::byte> again(record.padded_bytes());
  format::encode_record(
      again, salt, offset, record.stream, event,
      {record.position, record.version, record.time, record.durable, record.commit_end});
  require(std::ranges::equal(again, std::span(bytes).first(again.size())),
          "it encodes to the same");
}

}  // namespace
}  // namespace esker::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esker::fuzz::try_record({data, size});
  return 0;
}
