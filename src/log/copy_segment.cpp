#include "log/copy_segment.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "log/scan.hpp"
#include "log/sealed_check.hpp"

namespace esker::log {
namespace {

constexpr io::Site kCreate{"log.copy_create"};
constexpr io::Site kRead{"log.copy_read"};
constexpr io::Site kWrite{"log.copy_write"};
constexpr io::Site kLength{"log.copy_length"};
constexpr io::Site kSync{"log.copy_sync"};
constexpr io::Site kShare{"log.copy_share"};
constexpr io::Site kRemove{"log.copy_remove"};
constexpr io::Site kReadRecords{"log.copy_read_records"};
constexpr io::Site kWriteRecords{"log.copy_write_records"};

/// What is read at once: large enough for the disk, small enough to be in the processor's cache still when it is checked and written.
constexpr std::size_t kPieceBytes = 1 << 20;

/// Reads a file from front to back, once: each piece is written to `to` and given to `check`, when there are such.
Result<void> pass(io::File& from, std::uint64_t bytes, io::File* to, SealedCheck* check,
                  OnBytes& on_bytes) {
  std::vector<std::byte> buffer(kPieceBytes);
  ReadHints hints;
  std::size_t kept = 0;  // the beginning of a record that goes on in the next piece
  for (std::uint64_t at = 0; at < bytes;) {
    if (kept == buffer.size()) buffer.resize(2 * buffer.size());
    const std::uint64_t count = std::min<std::uint64_t>(buffer.size() - kept, bytes - at);
    const std::span<std::byte> piece = std::span(buffer).subspan(kept, count);
    hints.reached(from, at + count, bytes);
    ESKER_TRY(from.read_at(FileOffset(at), piece, kRead));
    if (to != nullptr) {
      ESKER_TRY(to->write_at(FileOffset(at), piece, kWrite));
    }
    if (check != nullptr) {
      const std::span<const std::byte> there = std::span(buffer).first(kept + count);
      ESKER_TRY(const std::size_t done, check->take(there));
      kept = there.size() - done;
      std::memmove(buffer.data(), buffer.data() + done, kept);
    }
    at += count;
    on_bytes(count);
  }
  return ok();
}

Result<std::unique_ptr<io::File>> create(io::Directory& target, std::string_view name) {
  return target.open(name, io::OpenMode::create_new, kCreate);
}

/// Makes a segment of the records of another, one after the other.
class RecordCopy {
 public:
  RecordCopy(io::File& from, const SegmentFile& segment, const format::SegmentHeader& header,
             io::File& to, OnBytes& on_bytes)
      : bytes_(from, FileOffset(segment.header.file_bytes), kReadRecords),
        segment_(segment),
        header_(header),
        to_(to),
        on_bytes_(on_bytes) {}

  Result<void> run(std::uint64_t records) {
    const auto header = format::encode_segment_header(header_);
    ESKER_TRY(to_.write_at(FileOffset(), header, kWriteRecords));
    while (offsets_.size() < records) {
      ESKER_TRY(copy_next());
    }
    return flush();
  }

  Result<void> seal() {
    format::SegmentFooter footer;
    footer.id = header_.id;
    footer.salt = header_.salt;
    footer.first = first_;
    footer.records = offsets_.size();
    footer.stored = stored_ == offsets_.size() ? 0 : stored_;
    footer.records_end = at_;
    footer.first_time = first_time_;
    footer.last_time = last_time_;
    const FileOffset begin = format::offset_table_begin(header_.file_bytes, footer.records);
    const std::uint64_t end = header_.file_bytes - format::kSegmentFooterBytes;
    const std::vector<std::byte> table = format::encode_offset_table(header_.file_bytes, offsets_);
    footer.table_checksum = format::crc32c(table);
    ESKER_TRY(to_.write_at(begin, table, kWriteRecords));
    return to_.write_at(FileOffset(end), format::encode_segment_footer(footer), kWriteRecords);
  }

 private:
  Result<void> copy_next() {
    ESKER_TRY(const format::ParsedRecord parsed,
              parse_record_at(bytes_, segment_.header.salt, at_));
    const format::RecordView& record = parsed.record;
    const bool in_order =
        (offsets_.empty() || record.position == next_) &&
        record.positions <= segment_.header.file_bytes / format::kOffsetEntryBytes;
    if (parsed.fault != format::RecordFault::none || !in_order) {
      return damaged_at(segment_.path, at_, format::describe(parsed.fault));
    }
    if (offsets_.empty()) {
      first_ = record.position;
      first_time_ = record.time;
    }
    last_time_ = record.time;
    next_ = record.end();
    ++stored_;
    offsets_.insert(offsets_.end(), record.positions,
                    static_cast<std::uint32_t>(at_.value() / format::kRecordAlignment));
    const std::size_t size = record.padded_bytes();
    ESKER_TRY(const std::span<const std::byte> view, bytes_.at(at_, size));
    append(view.first(size));
    at_ = at_.plus(size);
    return out_.size() < kPieceBytes ? ok() : flush();
  }

  void append(std::span<const std::byte> record) {
    const std::size_t begin = out_.size();
    out_.insert(out_.end(), record.begin(), record.end());
    format::place_record(std::span(out_).subspan(begin), header_.salt, at_);
  }

  Result<void> flush() {
    ESKER_TRY(to_.write_at(FileOffset(at_.value() - out_.size()), out_, kWriteRecords));
    on_bytes_(out_.size());
    out_.clear();
    return ok();
  }

  ReadAhead bytes_;
  const SegmentFile& segment_;
  const format::SegmentHeader& header_;
  io::File& to_;
  OnBytes& on_bytes_;
  FileOffset at_{format::kSegmentHeaderBytes};
  std::vector<std::byte> out_;          // ends at `at_`
  std::vector<std::uint32_t> offsets_;  // for each position
  std::uint64_t stored_ = 0;            // records
  Position first_;
  Position next_;
  Timestamp first_time_;
  Timestamp last_time_;
};

}  // namespace

Result<void> check_sealed(io::File& file, const SegmentFile& segment, OnBytes& on_bytes) {
  SealedCheck check(file.name(), segment.header, *segment.footer);
  return pass(file, segment.header.file_bytes, nullptr, &check, on_bytes);
}

Result<void> copy_file(io::File& from, std::uint64_t bytes, const SegmentFile* segment,
                       io::Directory& target, std::string_view name, OnBytes& on_bytes) {
  std::optional<SealedCheck> check;
  if (segment != nullptr) check.emplace(from.name(), segment->header, *segment->footer);
  ESKER_TRY(const std::unique_ptr<io::File> to, create(target, name));
  ESKER_TRY(pass(from, bytes, to.get(), check ? &*check : nullptr, on_bytes));
  return to->sync_all(kSync);
}

Result<bool> if_supported(Result<void> done) {
  if (done) return true;
  if (done.assume_error().code() == Errc::not_supported) return false;
  return std::move(done).assume_error();
}

Result<void> share_file(io::File& from, io::Directory& target, std::string_view name) {
  ESKER_TRY(std::unique_ptr<io::File> to, create(target, name));
  Result<void> shared = to->share_blocks(from, kShare);
  if (shared) return to->sync_all(kSync);
  to.reset();
  ESKER_TRY(target.remove(name, kRemove));
  return shared;
}

Result<void> copy_records(io::File& from, const SegmentFile& segment, std::uint64_t records,
                          const format::SegmentHeader& header, CopySeal seal, io::Directory& target,
                          std::string_view name, OnBytes& on_bytes) {
  ESKER_TRY(const std::unique_ptr<io::File> to, create(target, name));
  RecordCopy copy(from, segment, header, *to, on_bytes);
  ESKER_TRY(copy.run(records));
  if (seal == CopySeal::yes) {
    ESKER_TRY(copy.seal());
  } else {
    ESKER_TRY(to->resize(header.file_bytes, kLength));
  }
  return to->sync_all(kSync);
}

}  // namespace esker::log
