#include "log/segment.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "io/guarded_read.hpp"
#include "log/inventory.hpp"

namespace esker::log {
namespace {

constexpr io::Site kMapSegment{"log.map_segment"};

/// Records in a row of which one bit says that they are in memory: about what a few pages hold.
constexpr std::uint64_t kRecordsOfBit = 16;

/// What is handed through a guarded read, which may own nothing.
struct RecordReading {
  std::span<const std::byte> bytes;
  format::Salt salt;
  FileOffset offset;
  format::ParsedRecord parsed;
};

struct EntryReading {
  std::span<const std::byte> entry;
  std::uint32_t value = 0;
};

}  // namespace

Segment::Segment(std::string name, const format::SegmentHeader& header,
                 std::unique_ptr<io::Mapping> mapping)
    : name_(std::move(name)),
      header_(header),
      mapping_(std::move(mapping)),
      bytes_(mapping_->bytes()) {}

Segment::Segment(std::string name, std::unique_ptr<Image> image)
    : name_(std::move(name)),
      header_(image->header().segment),
      image_(std::move(image)),
      bytes_(image_->bytes()) {
  begin_sealed(image_->header().footer);
}

Result<std::shared_ptr<Segment>> Segment::open_growing(std::unique_ptr<io::File> file,
                                                       const format::SegmentHeader& header) {
  ESKER_TRY(auto mapping, file->map(header.file_bytes, kMapSegment));
  std::shared_ptr<Segment> segment(new Segment(file->name(), header, std::move(mapping)));
  segment->file_ = std::move(file);
  segment->offsets_ = std::make_unique<OffsetTable>(header.file_bytes);
  return segment;
}

Result<std::shared_ptr<Segment>> Segment::open_sealed(std::unique_ptr<io::File> file,
                                                      const format::SegmentHeader& header,
                                                      const format::SegmentFooter& footer) {
  ESKER_TRY(auto mapping, file->map(header.file_bytes, kMapSegment));
  std::shared_ptr<Segment> segment(new Segment(file->name(), header, std::move(mapping)));
  segment->begin_sealed(footer);
  return segment;
}

Result<std::shared_ptr<Segment>> Segment::open_compressed(std::unique_ptr<io::File> file,
                                                          const format::CompressedHeader& header,
                                                          std::shared_ptr<DecodedMemory> memory) {
  ESKER_TRY(std::unique_ptr<Image> image, Image::open(*file, header, std::move(memory)));
  return std::shared_ptr<Segment>(new Segment(file->name(), std::move(image)));
}

std::shared_ptr<Segment> Segment::fresh() const {
  ESKER_ASSERT(image_ != nullptr);
  return std::shared_ptr<Segment>(new Segment(name_, image_->fresh()));
}

void Segment::begin_sealed(const format::SegmentFooter& footer) {
  footer_ = footer;
  in_memory_ = std::vector<std::atomic<std::uint64_t>>(footer.records / kRecordsOfBit / 64 + 1);
  first_.store(footer.first.value(), std::memory_order_relaxed);
  records_.store(footer.records, std::memory_order_release);
}

io::File& Segment::file() const {
  ESKER_ASSERT(file_ != nullptr);
  return *file_;
}

Result<format::RecordView> Segment::read(Position position) const {
  const FileOffset offset = offset_of(position);
  const FileOffset end = offset_of(this->end());
  RecordReading reading{{}, header_.salt, offset, {}};
  if (offset.value() < format::kSegmentHeaderBytes || offset >= end) {
    return Error(Errc::corrupt, name_ + ": the offset table is damaged: run es-tool verify");
  }
  ESKER_TRY(reading.bytes, bytes_of_record(offset, end));
  const bool readable = io::guarded_read(
      [](void* context) {
        auto& record = *static_cast<RecordReading*>(context);
        record.parsed = format::parse_record(record.bytes, record.salt, record.offset);
      },
      &reading);
  if (!readable) return unreadable_at(name_, offset);
  const format::ParsedRecord& parsed = reading.parsed;
  if (parsed.fault != format::RecordFault::none) {
    return damaged_at(name_, offset, format::describe(parsed.fault));
  }
  // A gap lies in its segment, too.
  const bool in_place = parsed.record.position >= first() && parsed.record.end() <= this->end() &&
                        position >= parsed.record.position && position < parsed.record.end();
  if (!in_place) {
    return damaged_at(name_, offset,
                      "record has position " + std::to_string(parsed.record.position.value()) +
                          " instead of " + std::to_string(position.value()));
  }
  return parsed.record;
}

Result<std::span<const std::byte>> Segment::bytes_of_record(FileOffset offset,
                                                            FileOffset end) const {
  const std::span<const std::byte> all = bytes(offset, end);
  if (image_ == nullptr) return all;
  const std::uint64_t header = std::min<std::uint64_t>(format::kRecordHeaderBytes, all.size());
  ESKER_TRY(image_->need(offset.value(), offset.value() + header));
  // What is not a header is found out by who parses it.
  if (header < format::kRecordHeaderBytes) return all;
  const auto claim = format::load_claim(all.first(header));
  if (!claim || claim->padded_bytes > all.size()) return all.first(header);
  ESKER_TRY(image_->need(offset.value(), offset.value() + claim->padded_bytes));
  return all.first(claim->padded_bytes);
}

FileOffset Segment::offset_of(Position position) const {
  const std::uint64_t index = position.value() - first().value();
  ESKER_ASSERT_VALUES(index <= records(), index, records());
  if (!footer_) return offsets_->at(index);
  if (index == footer_->records) return footer_->records_end;
  const std::uint64_t begin = entry_begin(index);
  if (image_ != nullptr && !image_->need(begin, begin + format::kOffsetEntryBytes)) return {};
  EntryReading reading{bytes_.subspan(begin, format::kOffsetEntryBytes)};
  const bool readable = io::guarded_read(
      [](void* context) {
        auto& entry = *static_cast<EntryReading*>(context);
        entry.value = base::load_le<std::uint32_t>(entry.entry, 0);
      },
      &reading);
  const FileOffset offset(std::uint64_t{reading.value} * format::kRecordAlignment);
  return readable && offset < footer_->records_end ? offset : FileOffset();
}

void Segment::hint(std::uint64_t begin, std::uint64_t end) const {
  image_ != nullptr ? image_->will_read(begin, end) : mapping_->will_read(begin, end);
}

bool Segment::byte_in_memory(std::uint64_t offset) const {
  return image_ != nullptr ? image_->in_memory(offset) : mapping_->in_memory(offset);
}

void Segment::will_find(Position first, Position end) const {
  if (!sealed()) return;
  const Position base = this->first();
  hint(entry_begin(first.value() - base.value()), entry_begin(end.value() - base.value()));
}

void Segment::will_read(Position first, Position end) const {
  if (!sealed()) return;
  const FileOffset begin = offset_of(first);
  if (begin == FileOffset()) return;
  hint(begin.value(), std::max(begin, offset_of(end)).value());
}

bool Segment::in_memory(Position position, std::uint64_t round) const {
  if (!sealed()) return true;
  if (in_memory_round_.load(std::memory_order_relaxed) != round) {
    for (std::atomic<std::uint64_t>& word : in_memory_) word.store(0, std::memory_order_relaxed);
    in_memory_round_.store(round, std::memory_order_relaxed);
  }
  const std::uint64_t index = position.value() - first().value();
  std::atomic<std::uint64_t>& word = in_memory_[index / kRecordsOfBit / 64];
  const std::uint64_t bit = 1ULL << (index / kRecordsOfBit % 64);
  if ((word.load(std::memory_order_relaxed) & bit) != 0) return true;
  if (!byte_in_memory(entry_begin(index))) return false;
  if (!byte_in_memory(offset_of(position).value())) return false;
  word.fetch_or(bit, std::memory_order_relaxed);
  return true;
}

std::span<const std::byte> Segment::bytes(FileOffset begin, FileOffset end) const {
  ESKER_ASSERT_VALUES(begin <= end && end.value() <= header_.file_bytes, begin.value(),
                      end.value());
  return bytes_.subspan(begin.value(), end.value() - begin.value());
}

std::span<const std::byte> Segment::bytes_ahead(FileOffset begin, FileOffset end,
                                                std::uint64_t wanted) const {
  const std::span<const std::byte> all = bytes(begin, end);
  if (image_ == nullptr) return all;
  // The first record is there in any case, however long it is: who sends it goes by that, and asks for less when little is left to send.
  const Result<std::span<const std::byte>> first = bytes_of_record(begin, end);
  if (!first) return all.first(0);
  const std::uint64_t bytes = std::min<std::uint64_t>(
      std::max<std::uint64_t>(wanted, first.assume_value().size()), all.size());
  return all.first(image_->need_first(begin.value(), begin.value() + bytes) - begin.value());
}

void Segment::publish(Position first, std::span<const std::uint32_t> offsets, FileOffset end) {
  if (offsets.empty()) return;
  const std::uint64_t had = records_.load(std::memory_order_relaxed);
  // The entry behind the last record is where the next one begins: it is there already, and readers may be looking at it.
  std::size_t known = 0;
  if (had > 0) {
    ESKER_ASSERT(offsets_->at(had).value() == std::uint64_t{offsets[0]} * format::kRecordAlignment);
    known = 1;
  }
  for (const std::uint32_t offset : offsets.subspan(known)) offsets_->append(offset);
  offsets_->append(static_cast<std::uint32_t>(end.value() / format::kRecordAlignment));
  if (had == 0) first_.store(first.value(), std::memory_order_release);
  records_.store(had + offsets.size(), std::memory_order_release);
}

std::shared_ptr<Segment> SegmentSet::find(Position position) const {
  const auto behind = std::partition_point(segments_.begin(), segments_.end(),
                                           [position](const std::shared_ptr<Segment>& segment) {
                                             const Position first = segment->first();
                                             return first != Position() && first <= position;
                                           });
  if (behind == segments_.begin()) return nullptr;
  const std::shared_ptr<Segment>& segment = *std::prev(behind);
  return position < segment->end() ? segment : nullptr;
}

}  // namespace esker::log
