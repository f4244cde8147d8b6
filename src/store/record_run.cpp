#include "store/record_run.hpp"

#include "base/assert.hpp"
#include "esker/system_streams.hpp"
#include "io/guarded_read.hpp"

namespace esker::store {
namespace {

/// What is handed through a guarded read, which may own nothing. What it has found so far counts, also when a later page fails.
struct Walking {
  std::span<const std::byte> bytes;  // up to the end of what is visible
  format::Salt salt;
  RecordRun run;
  std::uint64_t records_max;
  std::size_t bytes_max;
  SystemStreams system;
  std::size_t walked = 0;
};

void walk(void* context) {
  auto& it = *static_cast<Walking*>(context);
  while (it.run.records < it.records_max && it.walked < it.bytes.size()) {
    const format::ParsedRecord parsed =
        format::parse_record(it.bytes.subspan(it.walked), it.salt, it.run.offset.plus(it.walked));
    if (parsed.fault != format::RecordFault::none) return;
    if (parsed.record.position != it.run.first.plus(it.run.records)) return;
    if (parsed.record.released) return;
    if (it.system == SystemStreams::excluded && is_system_stream(parsed.record.stream)) return;
    const std::size_t bytes = parsed.record.padded_bytes();
    if (it.run.records > 0 && bytes > it.bytes_max - it.walked) return;
    it.walked += bytes;
    ++it.run.records;
    if (it.walked >= it.bytes_max) return;
  }
}

}  // namespace

RecordRun run_from(const std::shared_ptr<log::Segment>& segment, Position position,
                   std::uint64_t records_max, std::size_t bytes_max, SystemStreams system) {
  ESKER_ASSERT(records_max > 0);
  const FileOffset begin = segment->offset_of(position);
  const FileOffset end = segment->offset_of(segment->end());
  if (begin.value() < format::kSegmentHeaderBytes || begin >= end) return {};
  Walking walking{segment->bytes_ahead(begin, end, bytes_max),
                  segment->header().salt,
                  {position, 0, begin, {}, &segment},
                  records_max,
                  bytes_max,
                  system};
  // False when a page could not be read: what came before is good, and whoever asks for the next one is told.
  static_cast<void>(io::guarded_read(walk, &walking));
  RecordRun run = walking.run;
  run.bytes = walking.bytes.first(walking.walked);
  return run;
}

}  // namespace esker::store
