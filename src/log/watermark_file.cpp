#include "log/watermark_file.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace esker::log {
namespace {

constexpr io::Site kOpen{"log.watermark_open"};
constexpr io::Site kSize{"log.watermark_size"};
constexpr io::Site kRead{"log.watermark_read"};
constexpr io::Site kWrite{"log.watermark_write"};
constexpr io::Site kSync{"log.watermark_sync"};

}  // namespace

Result<WatermarkFile> WatermarkFile::open(io::Directory& directory) {
  WatermarkFile watermark;
  Result<std::unique_ptr<io::File>> file =
      directory.open(format::kWatermarkFileName, io::OpenMode::read_write, kOpen);
  if (!file) {
    if (file.assume_error().code() == Errc::not_found) return watermark;
    return std::move(file).assume_error();
  }
  watermark.file_ = std::move(file).assume_value();
  std::array<std::byte, format::kWatermarkFileBytes> bytes{};
  ESKER_TRY(const std::uint64_t size, watermark.file_->size(kSize));
  const std::size_t there = std::min<std::uint64_t>(size, bytes.size());
  ESKER_TRY(watermark.file_->read_at(FileOffset(), std::span(bytes).first(there), kRead));
  const std::span<const std::byte, format::kWatermarkFileBytes> slots(bytes);
  for (const auto slot :
       {slots.first<format::kWatermarkSlotBytes>(), slots.last<format::kWatermarkSlotBytes>()}) {
    const std::optional<format::Watermark> parsed = format::parse_watermark(slot);
    if (parsed && parsed->sequence > watermark.sequence_) {
      watermark.found_ = parsed;
      watermark.sequence_ = parsed->sequence;
    }
  }
  return watermark;
}

Result<void> WatermarkFile::create(io::Directory& directory) {
  if (file_ != nullptr) return ok();
  ESKER_TRY(file_, directory.open(format::kWatermarkFileName, io::OpenMode::create_new, kOpen));
  return ok();
}

Result<void> WatermarkFile::write(format::Watermark watermark) {
  ESKER_ASSERT(file_ != nullptr);
  watermark.sequence = sequence_ + 1;
  const auto bytes = format::encode_watermark(watermark);
  const FileOffset slot(watermark.sequence % 2 * format::kWatermarkSlotBytes);
  ESKER_TRY(file_->write_at(slot, bytes, kWrite));
  sequence_ = watermark.sequence;
  return ok();
}

Result<void> WatermarkFile::sync() { return file_->sync_data(kSync); }

}  // namespace esker::log
