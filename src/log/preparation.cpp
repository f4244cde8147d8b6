#include "log/preparation.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/assert.hpp"
#include "base/byte_order.hpp"

namespace esker::log {
namespace {

constexpr io::Site kStillThere{"log.prepare_check_directory"};
constexpr io::Site kCreate{"log.prepare_create"};
constexpr io::Site kEmpty{"log.prepare_empty"};
constexpr io::Site kFill{"log.prepare_fill"};
constexpr io::Site kWriteHeader{"log.prepare_header"};
constexpr io::Site kSyncFill{"log.prepare_sync_fill"};
constexpr io::Site kSync{"log.prepare_sync"};
constexpr io::Site kRename{"log.prepare_rename"};
constexpr io::Site kSyncDirectory{"log.prepare_sync_directory"};
constexpr io::Site kOpen{"log.prepare_open"};
constexpr io::Site kRemove{"log.prepare_remove"};

constexpr std::uint64_t kFillBytes = 1 << 20;

/// Never written to, so that all of it is the kernel's one page of zeros, which stays in the processor's cache. Writing from a fresh
/// buffer each time took a fifth of all the time of a busy store.
std::byte zeros[kFillBytes];

/// Synced this often while it is filled: the disk's queue stays short for the syncs that callers wait for.
constexpr std::uint64_t kSyncFillBytes = 4 << 20;

constexpr std::uint64_t kFileAlignment = 4096;

}  // namespace

Preparation::Preparation(io::Directory& directory, const format::SegmentHeader& header)
    : directory_(directory), header_(header), made_(directory, header.file_name()) {}

Result<bool> Preparation::step() {
  ESKER_ASSERT(stage_ != Stage::done);
  ESKER_TRY(do_stage());
  const bool more = stage_ == Stage::fill && filled_ < header_.file_bytes;
  if (!more) stage_ = static_cast<Stage>(static_cast<std::uint8_t>(stage_) + 1);
  return stage_ == Stage::done;
}

Result<void> Preparation::do_stage() {
  switch (stage_) {
    case Stage::check:
      return directory_.check_still_there(kStillThere);
    case Stage::create:
      return made_.create(kCreate, kEmpty);
    case Stage::fill:
      return fill();
    case Stage::sync:
      return made_.file()->sync_all(kSync);
    case Stage::rename:
      return made_.rename(kRename);
    case Stage::sync_directory:
      return directory_.sync(kSyncDirectory);
    case Stage::map:
      return map();
    case Stage::done:
      break;
  }
  return ok();
}

Result<void> Preparation::map() {
  // Opened again under its name, which is what messages will show.
  ESKER_TRY(std::unique_ptr<io::File> file,
            directory_.open(made_.name(), io::OpenMode::read_write, kOpen));
  ESKER_TRY(segment_, Segment::open_growing(std::move(file), header_));
  return ok();
}

Result<void> Preparation::fill() {
  if (filled_ - synced_ >= kSyncFillBytes) {
    ESKER_TRY(made_.file()->sync_data(kSyncFill));
    synced_ = filled_;
    return ok();
  }
  if (filled_ == 0) {
    const auto header = format::encode_segment_header(header_);
    ESKER_TRY(made_.file()->write_at(FileOffset(), header, kWriteHeader));
    filled_ = header.size();
    return ok();
  }
  const auto piece =
      std::span<const std::byte>(zeros).first(std::min(kFillBytes, header_.file_bytes - filled_));
  ESKER_TRY(made_.file()->write_at(FileOffset(filled_), piece, kFill));
  filled_ += piece.size();
  return ok();
}

void Preparation::abandon() { made_.abandon(kRemove); }

Result<std::uint64_t> next_segment_bytes(std::uint64_t previous_bytes, std::uint64_t first_bytes,
                                         std::uint64_t full_bytes, std::uint64_t commit_bytes,
                                         std::uint64_t records) {
  const std::uint64_t grown =
      previous_bytes == 0 ? first_bytes : std::max(first_bytes, 2 * previous_bytes);
  // The table's begin is rounded down to a record's alignment.
  const std::uint64_t needed = format::kSegmentHeaderBytes + commit_bytes +
                               records * format::kOffsetEntryBytes + format::kRecordAlignment +
                               format::kSegmentFooterBytes;
  const std::uint64_t bytes =
      base::align_up(std::max(std::min(grown, full_bytes), needed), kFileAlignment);
  if (bytes > format::kSegmentBytesMax) {
    return Error(Errc::too_large, "the commit takes " + std::to_string(commit_bytes) +
                                      " bytes as stored, more than a segment can hold: append "
                                      "fewer events at once");
  }
  return std::max<std::uint64_t>(bytes, format::kSegmentBytesMin);
}

bool fits_sealed(std::uint64_t file_bytes, std::uint64_t end, std::uint64_t records) {
  const std::uint64_t table = records * format::kOffsetEntryBytes;
  if (file_bytes < table + format::kSegmentFooterBytes) return false;
  return end <= format::offset_table_begin(file_bytes, records).value();
}

format::Salt salt_of(const Uuid& random_uuid) {
  const std::array<std::byte, Uuid::kBytes> random = random_uuid.bytes();
  // The two halves of a version 4 UUID have a few fixed bits at different places.
  return format::Salt(base::load_le<std::uint64_t>(random, 0) ^
                      base::load_le<std::uint64_t>(random, 8));
}

}  // namespace esker::log
