#include "log/scan.hpp"

#include <algorithm>

#include "base/byte_order.hpp"

namespace esker::log {
namespace {

constexpr io::Site kScan{"log.scan"};
constexpr io::Site kFindWitness{"log.find_witness"};

/// What is looked at at once to see that there is nothing: most of what is searched for witnesses is zeros.
constexpr std::size_t kZeroPieceBytes = 4096;

void take(SegmentScan& scan, const format::RecordView& record) {
  scan.offsets.push_back(static_cast<std::uint32_t>(scan.end.value() / format::kRecordAlignment));
  scan.end = scan.end.plus(record.padded_bytes());
  scan.next = record.position.next();
  scan.time = record.time;
  scan.durable = std::max(scan.durable, record.durable);
  if (record.commit_end) {
    scan.committed = scan.offsets.size();
    scan.committed_end = scan.end;
    scan.committed_time = record.time;
  }
}

}  // namespace

Result<format::ParsedRecord> parse_record_at(ReadAhead& bytes, format::Salt salt,
                                             FileOffset offset) {
  ESKER_TRY(std::span<const std::byte> view, bytes.at(offset, format::kRecordHeaderBytes));
  const format::ParsedRecord parsed = format::parse_record(view, salt, offset);
  if (parsed.fault != format::RecordFault::too_short || view.size() < format::kRecordHeaderBytes) {
    return parsed;
  }
  // Its header is plausible and says how much more there is to read.
  const std::uint64_t length = base::load_le<std::uint32_t>(view, 0);
  const std::uint64_t padded = base::align_up(length, std::uint64_t{format::kRecordAlignment});
  if (padded > bytes.end().value() - offset.value()) return parsed;
  ESKER_TRY(view, bytes.at(offset, padded));
  return format::parse_record(view, salt, offset);
}

Result<SegmentScan> scan_segment(io::File& file, const format::SegmentHeader& header,
                                 Position expected, std::uint64_t limit, OnRecord& on_record) {
  ReadAhead bytes(file, FileOffset(header.file_bytes), kScan);
  SegmentScan scan;
  scan.first = expected;
  scan.next = expected;
  scan.end = FileOffset(format::kSegmentHeaderBytes);
  scan.committed_end = scan.end;
  while (scan.offsets.size() < limit) {
    ESKER_TRY(const format::ParsedRecord parsed, parse_record_at(bytes, header.salt, scan.end));
    scan.fault = parsed.fault;
    if (parsed.fault != format::RecordFault::none) break;
    if (scan.next == Position()) {
      scan.first = parsed.record.position;
      scan.next = scan.first;
    }
    if (parsed.record.position != scan.next) break;
    on_record(parsed.record, scan.end);
    take(scan, parsed.record);
  }
  return scan;
}

Result<std::optional<Witness>> find_witness(io::File& file, const format::SegmentHeader& header,
                                            FileOffset from, Position position) {
  ReadAhead bytes(file, FileOffset(header.file_bytes), kFindWitness);
  FileOffset at = from;
  while (at < bytes.end()) {
    ESKER_TRY(const std::span<const std::byte> view, bytes.at(at, kZeroPieceBytes));
    if (base::is_zero(view.first(std::min(view.size(), kZeroPieceBytes)))) {
      at = at.plus(std::min(view.size(), kZeroPieceBytes));
      continue;
    }
    ESKER_TRY(const format::ParsedRecord parsed, parse_record_at(bytes, header.salt, at));
    if (parsed.fault != format::RecordFault::none) {
      at = at.plus(format::kRecordAlignment);
      continue;
    }
    if (parsed.record.durable >= position) {
      return std::optional(Witness{at, parsed.record.position, parsed.record.durable});
    }
    at = at.plus(parsed.record.padded_bytes());  // what is inside is an event's data
  }
  return std::optional<Witness>();
}

}  // namespace esker::log
