#include "log/group.hpp"

#include "base/assert.hpp"

namespace esker::log {

format::RecordView Group::record(Position position) const {
  ESKER_ASSERT(position >= first && position < end());
  const FileOffset offset(std::uint64_t{offsets[position.value() - first.value()]} *
                          format::kRecordAlignment);
  const format::ParsedRecord parsed = format::parse_record(
      std::span(bytes).subspan(offset.value() - begin.value()), segment->header().salt, offset);
  // We have encoded it ourselves, and nobody else can write to it.
  ESKER_ASSERT_VALUES(parsed.fault == format::RecordFault::none, format::describe(parsed.fault));
  return parsed.record;
}

}  // namespace esker::log
