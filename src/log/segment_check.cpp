#include "log/segment_check.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/byte_order.hpp"
#include "log/scan.hpp"
#include "log/witness.hpp"

namespace esker::log {
namespace {

constexpr io::Site kReadTable{"log.verify_table"};
constexpr std::size_t kTablePieceBytes = 1 << 20;

std::string text(std::uint64_t number) { return std::to_string(number); }
std::string text(Position position) { return text(position.value()); }

FileOffset footer_offset(const SurveyedSegment& segment) {
  return FileOffset(segment.header->file_bytes - format::kSegmentFooterBytes);
}

std::uint32_t extend_table(std::uint32_t checksum, FileOffset record) {
  std::array<std::byte, format::kOffsetEntryBytes> entry;
  base::store_le(std::span<std::byte>(entry), 0,
                 static_cast<std::uint32_t>(record.value() / format::kRecordAlignment));
  return format::crc32c_extend(checksum, entry);
}

}  // namespace

SegmentCheck::SegmentCheck(io::File& file, SegmentVerdict& verdict, LogSoFar& log,
                           VerifyReport& report, VerifyCallbacks& callbacks, bool proven)
    : file_(file),
      verdict_(verdict),
      log_(log),
      report_(report),
      callbacks_(callbacks),
      proven_(proven) {}

Result<void> SegmentCheck::run() {
  verdict_.first = log_.next;
  verdict_.records_end = std::min(FileOffset(format::kSegmentHeaderBytes), verdict_.file.end());
  ESKER_TRY(check_records());
  return check_end();
}

Result<void> SegmentCheck::check_records() {
  const SurveyedSegment& file = verdict_.file;
  RecordWalk walk(file_, *file.header, file.footer ? file.footer->records_end : file.end());
  while (true) {
    ESKER_TRY(last_step_, walk.next());
    const WalkStep& step = last_step_;
    on_offset_(step.begin);
    switch (step.kind) {
      case WalkStep::Kind::record:
        check_place(step);
        take(step);
        break;
      case WalkStep::Kind::gap: {
        ESKER_TRY(const bool durable, was_durable(step.begin));
        if (!durable) return ok();  // a torn tail
        lose(step.begin, std::string(format::describe(step.fault)) +
                             "; the next intact record is at offset " + text(step.end.value()));
        pending_ = pending_events_ = 0;
        log_.gap();
        break;
      }
      case WalkStep::Kind::end:
        return ok();
    }
  }
}

/// The record's position must follow that of the one before it, in this segment or the one before.
void SegmentCheck::check_place(const WalkStep& step) {
  const Position position = step.record.position;
  if (log_.next == Position() || position == log_.next) {
    if (seen_ == 0 && verdict_.first == Position()) verdict_.first = position;
    return;
  }
  SegmentVerdict* const previous = log_.previous;
  if (seen_ == 0 && position > log_.next && previous != nullptr) {
    // What is missing is what should be at the end of the segment before.
    ++report_.faults;
    previous->lost = true;
    callbacks_.on_fault({previous->file.path, previous->records_end,
                         "the segment ends before position " + text(log_.next) +
                             ", and the next one begins with " + text(position)});
    verdict_.first = position;
  } else {
    lose(step.begin,
         "the record has position " + text(position) + " instead of " + text(log_.next));
  }
  pending_ = pending_events_ = 0;
  log_.gap();
}

void SegmentCheck::take(const WalkStep& step) {
  const format::RecordView& record = step.record;
  if (record.time < log_.time) {
    lose(step.begin, "the record's time is before that of the record before it");
  }
  if (record.positions > verdict_.file.header->file_bytes / format::kOffsetEntryBytes) {
    lose(step.begin, "there is a gap of more positions than the segment can have");
    return log_.gap();
  }
  if (record.released) log_.versions.gap();
  if (record.gap()) {
    // Nothing is left of these events that could be wrong.
  } else if (const auto expected = log_.versions.take(record.stream, record.version)) {
    lose(step.begin, "the record has version " + text(record.version.value()) + " of stream '" +
                         std::string(record.stream) + "' instead of " + text(expected->value()));
  }
  log_.next = record.end();
  log_.time = std::max(log_.time, record.time);
  log_.durable = std::max(log_.durable, record.durable);
  for (std::uint64_t i = 0; i < record.positions; ++i) {
    table_checksum_ = extend_table(table_checksum_, step.begin);
  }
  if (seen_ == 0) first_time_ = record.time;
  last_time_ = record.time;
  ++stored_;
  seen_ += record.positions;
  pending_ += record.positions;
  pending_events_ += record.released ? 0 : 1;
  if (record.commit_end) take_commit_end(step);
}

void SegmentCheck::take_commit_end(const WalkStep& step) {
  report_.events += pending_events_;
  report_.commits += 1;
  report_.last = step.record.end().previous();
  report_.last_time = step.record.time;
  if (!verdict_.lost) {
    verdict_.records += pending_;
    verdict_.records_end = step.end;
    verdict_.last_time = step.record.time;
  }
  pending_ = 0;
  pending_events_ = 0;
}

/// R5: whether anything proves that the log had been durable beyond its last whole commit, for a record at `from` that is not there.
Result<bool> SegmentCheck::was_durable(FileOffset from) {
  const Position cut = verdict_.end();
  if (proven_ || verdict_.lost || log_.durable >= cut || log_.watermark >= cut) return true;
  format::SegmentHeader header = *verdict_.file.header;
  header.file_bytes = verdict_.file.end().value();
  ESKER_TRY(const std::optional<Witness> witness, find_witness(file_, header, from, cut));
  return witness.has_value();
}

Result<void> SegmentCheck::check_end() {
  if (!verdict_.lost && pending_ > 0) {
    ESKER_TRY(const bool durable, was_durable(last_step_.begin));
    if (durable) lose(verdict_.records_end, "the commit that begins here has no end");
  }
  if (verdict_.file.short_file()) verdict_.tail_damaged = true;  // the survey has told
  if (verdict_.file.footer_fault)
    damage_tail(footer_offset(verdict_.file), *verdict_.file.footer_fault);
  if (verdict_.file.footer) return check_seal();
  // Behind the records of a segment that a later one follows there may be a table without its footer.
  if (proven_ || verdict_.lost || verdict_.tail_damaged) return ok();
  return note_torn();
}

Result<void> SegmentCheck::check_seal() {
  const format::SegmentFooter& footer = *verdict_.file.footer;
  const Position end = footer.first.plus(footer.records);
  if (log_.next < end) {
    lose(last_step_.begin, std::string(format::describe(last_step_.fault)) +
                               "; the footer says that the segment goes on to position " +
                               text(end.previous()));
    log_.gap();
    log_.next = end;
  }
  const FileOffset table =
      format::offset_table_begin(verdict_.file.header->file_bytes, footer.records);
  if (!verdict_.lost) check_footer(footer);
  ESKER_TRY(check_zeros(footer.records_end, table));
  return check_table(footer);
}

void SegmentCheck::check_footer(const format::SegmentFooter& footer) {
  const bool same = footer.first == verdict_.first && footer.records == seen_ &&
                    (footer.stored == 0 ? footer.records : footer.stored) == stored_ &&
                    footer.records_end == verdict_.records_end &&
                    footer.first_time == first_time_ && footer.last_time == last_time_;
  if (!same) {
    damage_tail(footer_offset(verdict_.file), "the footer's numbers are not those of the records");
  }
}

Result<void> SegmentCheck::check_zeros(FileOffset begin, FileOffset end) {
  ESKER_TRY(const FileOffset data, end_of_data(file_, begin, end));
  on_offset_(end);
  if (data > begin) {
    damage_tail(begin,
                "what is between the records and the offset table is not zero, up to offset " +
                    text(data.value()));
  }
  return ok();
}

Result<void> SegmentCheck::check_table(const format::SegmentFooter& footer) {
  const FileOffset begin =
      format::offset_table_begin(verdict_.file.header->file_bytes, footer.records);
  const FileOffset end = footer_offset(verdict_.file);
  ReadAhead bytes(file_, end, kReadTable);
  std::uint32_t checksum = 0;
  for (FileOffset at = begin; at < end;) {
    ESKER_TRY(const std::span<const std::byte> view, bytes.at(at, kTablePieceBytes));
    checksum = format::crc32c_extend(checksum, view);
    at = at.plus(view.size());
    on_offset_(at);
  }
  if (checksum != footer.table_checksum) {
    damage_tail(begin, "the offset table's checksum does not match");
  } else if (!verdict_.lost) {
    const std::uint64_t entries = footer.records * format::kOffsetEntryBytes;
    const std::vector<std::byte> padding(end.value() - begin.value() - entries);
    if (format::crc32c_extend(table_checksum_, padding) != checksum) {
      damage_tail(begin, "the offset table is not that of the records");
    }
  }
  return ok();
}

/// Behind the last whole commit of the log there should be zeros. What else is there was never acknowledged.
Result<void> SegmentCheck::note_torn() {
  ESKER_TRY(const FileOffset end, end_of_data(file_, verdict_.records_end, verdict_.file.end()));
  on_offset_(verdict_.file.end());
  const std::uint64_t bytes = end.value() - verdict_.records_end.value();
  if (bytes == 0) return ok();
  report_.torn_bytes += bytes;
  callbacks_.on_note(
      {verdict_.file.path, verdict_.records_end,
       "a torn tail of " + text(bytes) +
           " bytes: of an append that was never acknowledged; opening the store cuts it"});
  return ok();
}

void SegmentCheck::fault(FileOffset offset, std::string reason) {
  ++report_.faults;
  callbacks_.on_fault({verdict_.file.path, offset, std::move(reason)});
}

void SegmentCheck::lose(FileOffset offset, std::string reason) {
  verdict_.lost = true;
  fault(offset, std::move(reason));
}

void SegmentCheck::damage_tail(FileOffset offset, std::string reason) {
  verdict_.tail_damaged = true;
  fault(offset, std::move(reason));
}

}  // namespace esker::log
