#include "log/sealed_check.hpp"

#include <algorithm>
#include <utility>

#include "base/byte_order.hpp"
#include "log/inventory.hpp"

namespace esker::log {
namespace {

constexpr std::size_t kExpectedBytes = 4096;

/// What a record claims to take whose beginning is there; 0 when that is not yet known.
std::uint64_t claimed_bytes(std::span<const std::byte> beginning) {
  if (beginning.size() < format::kRecordHeaderBytes) return 0;
  const std::optional<format::RecordClaim> claim = format::load_claim(beginning);
  return claim ? claim->padded_bytes : 0;
}

}  // namespace

SealedCheck::SealedCheck(std::string path, const format::SegmentHeader& header,
                         const format::SegmentFooter& footer)
    : path_(std::move(path)),
      header_(header),
      footer_(footer),
      table_begin_(format::offset_table_begin(header.file_bytes, footer.records)),
      footer_begin_(header.file_bytes - format::kSegmentFooterBytes),
      next_(footer.first),
      time_(footer.first_time) {}

Result<std::size_t> SealedCheck::take(std::span<const std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    ESKER_TRY(const std::size_t part, step(bytes.subspan(done)));
    if (part == 0) break;
    done += part;
    at_ = at_.plus(part);
  }
  return done;
}

Result<std::size_t> SealedCheck::step(std::span<const std::byte> bytes) {
  const std::uint64_t at = at_.value();
  if (at < format::kSegmentHeaderBytes) {
    return equal(bytes, format::encode_segment_header(header_), "segment header has changed");
  }
  if (at_ < footer_.records_end) {
    return records(bytes.first(std::min(bytes.size(), footer_.records_end.value() - at)));
  }
  if (at_ < table_begin_) {
    return zeros(bytes.first(std::min(bytes.size(), table_begin_.value() - at)));
  }
  if (at_ < footer_begin_) {
    return table(bytes.first(std::min(bytes.size(), footer_begin_.value() - at)));
  }
  return equal(bytes, format::encode_segment_footer(footer_), "segment footer has changed");
}

Result<std::size_t> SealedCheck::records(std::span<const std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const FileOffset offset = at_.plus(done);
    const std::uint64_t rest = footer_.records_end.value() - offset.value();
    const std::span<const std::byte> view = bytes.subspan(done);
    const format::ParsedRecord parsed = format::parse_record(view, header_.salt, offset);
    if (parsed.fault == format::RecordFault::too_short && view.size() < rest &&
        claimed_bytes(view) <= rest) {
      break;  // the rest of it comes with the next piece
    }
    if (parsed.fault != format::RecordFault::none) {
      return fault(offset, format::describe(parsed.fault));
    }
    if (parsed.record.position != next_) {
      return fault(offset, "record has position " + std::to_string(parsed.record.position.value()) +
                               " instead of " + std::to_string(next_.value()));
    }
    if (parsed.record.time < time_) return fault(offset, "record is older than the one before it");
    if (parsed.record.end() > footer_.first.plus(footer_.records)) {
      return fault(offset, "there is a gap that goes beyond the segment");
    }
    for (; next_ < parsed.record.end(); next_ = next_.next()) expect_entry(offset);
    time_ = parsed.record.time;
    commit_ended_ = parsed.record.commit_end;
    done += parsed.record.padded_bytes();
  }
  if (at_.plus(done) < footer_.records_end) return done;
  if (next_ != footer_.first.plus(footer_.records) || time_ != footer_.last_time) {
    return fault(footer_.records_end, "the records end otherwise than the footer says");
  }
  if (!commit_ended_) return fault(footer_.records_end, "the last commit has no end");
  flush_expected();
  return done;
}

Result<std::size_t> SealedCheck::zeros(std::span<const std::byte> bytes) {
  if (!base::is_zero(bytes)) return fault(at_, "not zero behind the records");
  return bytes.size();
}

Result<std::size_t> SealedCheck::table(std::span<const std::byte> bytes) {
  table_checksum_ = format::crc32c_extend(table_checksum_, bytes);
  if (at_.plus(bytes.size()) < footer_begin_) return bytes.size();
  if (table_checksum_ != footer_.table_checksum || expected_checksum_ != table_checksum_) {
    return fault(table_begin_, "the offset table is damaged");
  }
  return bytes.size();
}

Result<std::size_t> SealedCheck::equal(std::span<const std::byte> bytes,
                                       std::span<const std::byte> expected, std::string_view what) {
  if (bytes.size() < expected.size()) return std::size_t{0};
  if (!std::ranges::equal(bytes.first(expected.size()), expected)) return fault(at_, what);
  return expected.size();
}

void SealedCheck::expect_entry(FileOffset offset) {
  const std::size_t at = expected_.size();
  expected_.resize(at + format::kOffsetEntryBytes);
  base::store_le(std::span(expected_), at,
                 static_cast<std::uint32_t>(offset.value() / format::kRecordAlignment));
  if (expected_.size() >= kExpectedBytes) flush_expected();
}

void SealedCheck::flush_expected() {
  // The table's length is a multiple of 8: an odd number of entries is followed by zeros.
  if (next_ == footer_.first.plus(footer_.records)) {
    expected_.resize(expected_.size() + (footer_begin_.value() - table_begin_.value() -
                                         footer_.records * format::kOffsetEntryBytes));
  }
  expected_checksum_ = format::crc32c_extend(expected_checksum_, expected_);
  expected_.clear();
}

Error SealedCheck::fault(FileOffset offset, std::string_view what) const {
  return damaged_at(path_, offset, what);
}

}  // namespace esker::log
