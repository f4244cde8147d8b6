#include "log/scan.hpp"

#include <algorithm>

#include "base/byte_order.hpp"
#include "log/preparation.hpp"

namespace esker::log {
namespace {

constexpr io::Site kScan{"log.scan"};
constexpr io::Site kPeek{"log.peek_first_record"};

void take(SegmentScan& scan, const format::RecordView& record) {
  scan.offsets.insert(scan.offsets.end(), record.positions,
                      static_cast<std::uint32_t>(scan.end.value() / format::kRecordAlignment));
  ++scan.stored;
  scan.end = scan.end.plus(record.padded_bytes());
  scan.next = record.end();
  scan.time = record.time;
  scan.durable = std::max(scan.durable, record.durable);
  if (record.commit_end) {
    scan.committed = scan.offsets.size();
    scan.committed_end = scan.end;
    scan.committed_time = record.time;
  }
}

/// Whether a gap can be part of the segment: of one that is ours the table finds room behind the records.
bool fits(const format::SegmentHeader& header, const SegmentScan& scan,
          const format::RecordView& gap, std::uint64_t limit) {
  const std::uint64_t before = scan.offsets.size();
  return gap.positions <= limit - before &&
         gap.positions <= header.file_bytes / format::kOffsetEntryBytes &&
         fits_sealed(header.file_bytes, scan.end.value() + format::kRecordHeaderBytes,
                     before + gap.positions);
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
  const std::uint64_t claimed = format::load_claim(view)->padded_bytes;
  if (claimed > bytes.end().value() - offset.value()) return parsed;
  ESKER_TRY(view, bytes.at(offset, claimed));
  return format::parse_record(view, salt, offset);
}

Result<Position> first_position(const SegmentFile& segment) {
  if (segment.footer) return segment.footer->first;
  ReadAhead bytes(*segment.file, FileOffset(segment.header.file_bytes), kPeek);
  ESKER_TRY(const format::ParsedRecord parsed,
            parse_record_at(bytes, segment.header.salt, FileOffset(format::kSegmentHeaderBytes)));
  return parsed.fault == format::RecordFault::none ? parsed.record.position : Position();
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
    if (parsed.record.gap() && !fits(header, scan, parsed.record, limit)) break;
    on_record(parsed.record, scan.end);
    take(scan, parsed.record);
  }
  return scan;
}

}  // namespace esker::log
