#include "log/compaction.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "log/preparation.hpp"

namespace esker::log {
namespace {

constexpr io::Site kStillThere{"log.compact_check_directory"};
constexpr io::Site kCreate{"log.compact_create"};
constexpr io::Site kEmpty{"log.compact_empty"};
constexpr io::Site kWriteHeader{"log.compact_header"};
constexpr io::Site kCopy{"log.compact_copy"};
constexpr io::Site kWriteTable{"log.compact_table"};
constexpr io::Site kWriteFooter{"log.compact_footer"};
constexpr io::Site kSync{"log.compact_sync"};
constexpr io::Site kRename{"log.compact_rename"};
constexpr io::Site kSyncDirectory{"log.compact_sync_directory"};
constexpr io::Site kOpen{"log.compact_open"};
constexpr io::Site kRemoveMerged{"log.compact_remove_merged"};
constexpr io::Site kSyncRemoved{"log.compact_sync_removed"};
constexpr io::Site kRemove{"log.compact_remove"};

/// What goes to the disk at once: who appends meanwhile waits for no more than that.
constexpr std::uint64_t kPieceBytes = 256 << 10;

}  // namespace

CompactionCounts& CompactionCounts::operator+=(const CompactionCounts& other) {
  events += other.events;
  dropped += other.dropped;
  stripped += other.stripped;
  bytes_before += other.bytes_before;
  bytes_after += other.bytes_after;
  return *this;
}

Compaction::Compaction(io::Directory& directory, std::vector<std::shared_ptr<Segment>> segments,
                       Judge judge, Extent extent)
    : directory_(directory),
      segments_(std::move(segments)),
      judge_(std::move(judge)),
      extent_(extent),
      header_(segments_.front()->header()),
      footer_(segments_.front()->footer()),
      end_position_(segments_.back()->end()) {
  if (merges()) merge_headers();
  made_.emplace(directory_, header_.file_name());
  for (const std::shared_ptr<Segment>& segment : segments_) {
    counts_.bytes_before += segment->header().file_bytes;
  }
  counts_.bytes_after = counts_.bytes_before;
  begin_pass();
}

void Compaction::merge_headers() {
  header_.parts.clear();
  footer_.records = 0;
  for (const std::shared_ptr<Segment>& segment : segments_) {
    const format::SegmentHeader& header = segment->header();
    for (const format::SegmentKey& key :
         format::keys_of(header, segment->first(), segment->end())) {
      header_.parts.push_back({key.salt, key.first});
    }
    header_.incarnation = std::max(header_.incarnation, header.incarnation);
    footer_.records += segment->footer().records;
  }
  ESKER_ASSERT_VALUES(header_.parts.size() <= format::kPartsMax, header_.parts.size(),
                      format::kPartsMax);
  footer_.last_time = segments_.back()->footer().last_time;
}

Result<bool> Compaction::step() {
  ESKER_ASSERT(stage_ != Stage::done);
  moved_bytes_ = 0;
  ESKER_TRY(do_stage());
  if (stage_is_over()) {
    stage_ =
        nothing_left() ? Stage::done : static_cast<Stage>(static_cast<std::uint8_t>(stage_) + 1);
  }
  return stage_ == Stage::done;
}

/// Whether the stage, which is over, is the last one.
bool Compaction::nothing_left() const {
  if (stage_ == Stage::open) return !merges();
  if (stage_ != Stage::look) return false;
  return extent_ == Extent::look_only || !(counts_.anything() || merges());
}

Result<void> Compaction::do_stage() {
  switch (stage_) {
    case Stage::look:
      return look();
    case Stage::check:
      return directory_.check_still_there(kStillThere);
    case Stage::create:
      return create();
    case Stage::header:
      return write_header();
    case Stage::copy:
      return copy();
    case Stage::table:
      return write_table();
    case Stage::footer:
      return write_footer();
    case Stage::sync:
      return made_->file()->sync_all(kSync);
    case Stage::rename:
      return made_->rename(kRename);
    case Stage::sync_directory:
      return directory_.sync(kSyncDirectory);
    case Stage::open:
      return open();
    case Stage::remove:
      return remove_next();
    case Stage::sync_removed:
      return directory_.sync(kSyncRemoved);
    case Stage::done:
      break;
  }
  return ok();
}

bool Compaction::stage_is_over() const {
  if (stage_ == Stage::remove) return removed_ == segments_.size();
  const bool goes_over_records = stage_ == Stage::look || stage_ == Stage::copy;
  return !goes_over_records || next_ == end_position_;
}

void Compaction::begin_pass() {
  in_segment_ = 0;
  next_ = segments_.front()->first();
  in_gap_ = false;
}

Result<format::RecordView> Compaction::read_next() {
  if (next_ == segments_[in_segment_]->end()) ++in_segment_;
  ESKER_TRY(const format::RecordView record, segments_[in_segment_]->read(next_));
  next_ = record.end();
  return record;
}

/// What derived files name must begin with a record.
bool Compaction::begins_part(Position position) const {
  return std::ranges::binary_search(header_.parts, position, {}, &format::SegmentPart::first);
}

Result<void> Compaction::look() {
  while (next_ < end_position_ && moved_bytes_ < kPieceBytes) {
    ESKER_TRY(const format::RecordView record, read_next());
    ESKER_TRY(look_at(record));
    moved_bytes_ += record.padded_bytes();
  }
  return next_ == end_position_ ? end_look() : ok();
}

Result<void> Compaction::look_at(const format::RecordView& record) {
  Fate fate = Fate::drop;
  if (!record.gap()) {
    ESKER_TRY(fate, judge_(record));
    counts_.events += record.released ? 0 : 1;
    counts_.dropped += fate == Fate::drop ? 1 : 0;
    if (fate == Fate::strip) {
      if (record.released) {
        fate = Fate::keep;  // it is one
      } else {
        ++counts_.stripped;
      }
    }
  }
  fates_.push_back(fate);
  if (begins_part(record.position)) in_gap_ = false;
  if (fate != Fate::drop) {
    records_bytes_ += fate == Fate::keep ? record.padded_bytes() : format::remnant_bytes(record);
  } else if (!in_gap_) {
    records_bytes_ += format::kRecordHeaderBytes;
  }
  in_gap_ = fate == Fate::drop;
  return ok();
}

Result<void> Compaction::end_look() {
  if (!counts_.anything() && !merges()) return ok();
  ESKER_TRY(header_.file_bytes, next_segment_bytes(0, 0, 0, records_bytes_, footer_.records));
  counts_.bytes_after = header_.file_bytes;
  return ok();
}

Result<void> Compaction::create() {
  begin_pass();
  footer_.stored = 0;
  ESKER_TRY(made_->create(kCreate, kEmpty));
  return made_->file()->resize(header_.file_bytes, kEmpty);
}

Result<void> Compaction::write_header() {
  offsets_.reserve(footer_.records);
  return made_->file()->write_at(FileOffset(), format::encode_segment_header(header_),
                                 kWriteHeader);
}

Result<void> Compaction::copy() {
  const FileOffset begin = end_;
  piece_.clear();
  while (next_ < end_position_ && piece_.size() < kPieceBytes) {
    ESKER_TRY(const format::RecordView record, read_next());
    copy_record(record, fates_[copied_]);
    ++copied_;
  }
  if (next_ == end_position_) end_gap();
  moved_bytes_ = 2 * piece_.size();
  ESKER_TRY(made_->file()->write_at(begin, piece_, kCopy));
  made_->file()->will_sync(begin.value(), end_.value());
  return ok();
}

void Compaction::copy_record(const format::RecordView& record, Fate fate) {
  if (begins_part(record.position)) end_gap();
  if (fate == Fate::drop) return put_gap(record);
  end_gap();
  if (footer_.stored == 0) first_time_ = record.time;
  if (fate == Fate::strip) {
    const FileOffset offset = end_;
    format::encode_remnant(place(format::remnant_bytes(record), 1), header_.salt, offset, record);
    return;
  }
  const Segment& segment = *segments_[in_segment_];
  const FileOffset from = segment.offset_of(record.position);
  const std::span<const std::byte> bytes = segment.bytes(from, from.plus(record.padded_bytes()));
  const FileOffset offset = end_;
  const std::span<std::byte> into = place(bytes.size(), 1);
  std::ranges::copy(bytes, into.begin());
  format::place_record(into, header_.salt, offset);
}

void Compaction::put_gap(const format::RecordView& record) {
  if (gap_.positions == 0) gap_.first = record.position;
  gap_.positions += record.positions;
  gap_.time = record.time;
  gap_.commit_end = record.commit_end;
}

void Compaction::end_gap() {
  if (gap_.positions == 0) return;
  if (footer_.stored == 0) first_time_ = gap_.time;
  const FileOffset offset = end_;
  format::encode_gap(place(format::kRecordHeaderBytes, gap_.positions), header_.salt, offset, gap_);
  gap_ = {};
}

/// Room for a record that stands for so many positions, behind those before.
std::span<std::byte> Compaction::place(std::size_t bytes, std::uint64_t positions) {
  offsets_.insert(offsets_.end(), positions,
                  static_cast<std::uint32_t>(end_.value() / format::kRecordAlignment));
  ++footer_.stored;
  end_ = end_.plus(bytes);
  piece_.resize(piece_.size() + bytes);
  return std::span(piece_).last(bytes);
}

Result<void> Compaction::write_table() {
  const FileOffset begin = format::offset_table_begin(header_.file_bytes, footer_.records);
  ESKER_ASSERT_VALUES(end_ <= begin, end_.value(), begin.value());
  const std::vector<std::byte> table = format::encode_offset_table(header_.file_bytes, offsets_);
  footer_.table_checksum = format::crc32c(table);
  footer_.records_end = end_;
  footer_.first_time = first_time_;
  moved_bytes_ = table.size();
  return made_->file()->write_at(begin, table, kWriteTable);
}

Result<void> Compaction::write_footer() {
  if (footer_.stored == footer_.records) footer_.stored = 0;
  const FileOffset offset(header_.file_bytes - format::kSegmentFooterBytes);
  return made_->file()->write_at(offset, format::encode_segment_footer(footer_), kWriteFooter);
}

Result<void> Compaction::open() {
  ESKER_TRY(std::unique_ptr<io::File> file,
            directory_.open(made_->name(), io::OpenMode::read_only, kOpen));
  ESKER_TRY(compacted_, Segment::open_sealed(std::move(file), header_, footer_));
  return ok();
}

Result<void> Compaction::remove_next() {
  const std::string name = segments_[removed_++]->header().file_name();
  return directory_.remove(name, kRemoveMerged);
}

void Compaction::abandon() { made_->abandon(kRemove); }

}  // namespace esker::log
