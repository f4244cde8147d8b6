#include "log/sealing.hpp"

#include <vector>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "log/inventory.hpp"

namespace esker::log {
namespace {

constexpr io::Site kWriteTable{"log.seal_table"};
constexpr io::Site kSyncTable{"log.seal_sync_table"};
constexpr io::Site kWriteFooter{"log.seal_footer"};
constexpr io::Site kSyncFooter{"log.seal_sync_footer"};
constexpr io::Site kOpenSealed{"log.seal_open"};

}  // namespace

Sealing::Sealing(io::Directory& directory, std::shared_ptr<Segment> segment)
    : directory_(directory), segment_(std::move(segment)) {}

Result<bool> Sealing::step() {
  ESKER_ASSERT(stage_ != Stage::done);
  failure_ = Failure::try_again;
  ESKER_TRY(do_stage());
  failure_ = Failure::none;
  stage_ = static_cast<Stage>(static_cast<std::uint8_t>(stage_) + 1);
  return stage_ == Stage::done;
}

Result<void> Sealing::do_stage() {
  switch (stage_) {
    case Stage::read_times:
      return read_times();
    case Stage::write_table:
      return write_table();
    case Stage::sync_table:
      return sync(kSyncTable);
    case Stage::write_footer:
      return write_footer();
    case Stage::sync_footer:
      return sync(kSyncFooter);
    case Stage::open:
      return open();
    case Stage::done:
      break;
  }
  return ok();
}

Result<void> Sealing::read_times() {
  const Position first = segment_->first();
  const Position end = segment_->end();
  footer_.id = segment_->header().id;
  footer_.salt = segment_->header().salt;
  footer_.first = first;
  footer_.records = end.value() - first.value();
  footer_.records_end = segment_->offset_of(end);
  ESKER_TRY(const format::RecordView first_record, segment_->read(first));
  ESKER_TRY(const format::RecordView last_record, segment_->read(end.previous()));
  footer_.first_time = first_record.time;
  footer_.last_time = last_record.time;
  return ok();
}

Result<void> Sealing::write_table() {
  const FileOffset begin =
      format::offset_table_begin(segment_->header().file_bytes, footer_.records);
  const std::uint64_t end = segment_->header().file_bytes - format::kSegmentFooterBytes;
  std::vector<std::byte> table(end - begin.value());
  std::size_t at = 0;
  std::uint64_t stored = 0;
  std::uint32_t last = 0;
  segment_->offsets().for_each_piece(footer_.records, [&](std::span<const std::uint32_t> entries) {
    for (const std::uint32_t entry : entries) {
      base::store_le(table, at, entry);
      at += format::kOffsetEntryBytes;
      if (entry != last) ++stored;
      last = entry;
    }
  });
  // A compacted segment whose footer was damaged is sealed again as one.
  footer_.stored = stored == footer_.records ? 0 : stored;
  footer_.table_checksum = format::crc32c(table);
  return segment_->file().write_at(begin, table, kWriteTable);
}

Result<void> Sealing::write_footer() {
  const FileOffset offset(segment_->header().file_bytes - format::kSegmentFooterBytes);
  return segment_->file().write_at(offset, format::encode_segment_footer(footer_), kWriteFooter);
}

Result<void> Sealing::sync(const io::Site& site) {
  Result<void> synced = segment_->file().sync_data(site);
  if (!synced) failure_ = Failure::final;
  return synced;
}

Result<void> Sealing::open() {
  ESKER_TRY(std::unique_ptr<io::File> file,
            directory_.open(segment_->header().file_name(), io::OpenMode::read_only, kOpenSealed));
  ESKER_TRY(sealed_, Segment::open_sealed(std::move(file), segment_->header(), footer_));
  return ok();
}

Result<void> seal_again(io::Directory& directory, std::unique_ptr<io::File> file,
                        const format::SegmentHeader& header, const SegmentScan& scan) {
  const bool all_parts =
      header.parts.empty() || (scan.first == header.parts.front().first &&
                               scan.committed_last() >= header.parts.back().first);
  if (!all_parts) {
    return damaged_at(
        file->name(), scan.end,
        "the footer is damaged, and the records are not those that the header tells of");
  }
  ESKER_TRY(const std::shared_ptr<Segment> segment, Segment::open_growing(std::move(file), header));
  segment->publish(scan.first, std::span(scan.offsets).first(scan.committed), scan.committed_end);
  Sealing sealing(directory, segment);
  while (true) {
    ESKER_TRY(const bool sealed, sealing.step());
    if (sealed) return ok();
  }
}

}  // namespace esker::log
