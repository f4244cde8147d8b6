#include "log/compression.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"
#include "format/checksum.hpp"
#include "io/guarded_read.hpp"
#include "log/inventory.hpp"

namespace esker::log {
namespace {

constexpr io::Site kStillThere{"log.compress_check_directory"};
constexpr io::Site kCreate{"log.compress_create"};
constexpr io::Site kEmpty{"log.compress_empty"};
constexpr io::Site kWriteBlocks{"log.compress_blocks"};
constexpr io::Site kWriteTable{"log.compress_table"};
constexpr io::Site kWriteHeader{"log.compress_header"};
constexpr io::Site kReadHeader{"log.compress_read_header"};
constexpr io::Site kSync{"log.compress_sync"};
constexpr io::Site kRename{"log.compress_rename"};
constexpr io::Site kSyncDirectory{"log.compress_sync_directory"};
constexpr io::Site kOpen{"log.compress_open"};
constexpr io::Site kRemove{"log.compress_remove"};

/// Of the image in a step: some 20 ms of compressing.
constexpr std::uint64_t kPieceBytes = 512 << 10;

/// zstd recommends samples of a hundred times the dictionary; with half of that the ratio is the same, and a third of a second is saved.
constexpr std::uint64_t kSampleBytes = 1024;
constexpr std::uint64_t kSamplesOfDictionary = 60;
/// A dictionary takes this part of the segment at most.
constexpr std::uint64_t kDictionaryPart = 100;

}  // namespace

Compression::Compression(io::Directory& directory, std::shared_ptr<Segment> segment,
                         std::shared_ptr<DecodedMemory> memory, const CompressionSettings& settings)
    : directory_(directory),
      segment_(std::move(segment)),
      memory_(std::move(memory)),
      settings_(settings),
      made_(directory, segment_->header().file_name()) {
  ESKER_ASSERT(segment_->sealed());
  ESKER_ASSERT(segment_->image() == nullptr);
  header_.block_bytes = settings_.block_bytes;
  header_.segment = segment_->header();
  header_.footer = segment_->footer();
}

Result<bool> Compression::step() {
  ESKER_ASSERT(stage_ != Stage::done);
  moved_bytes_ = 0;
  ESKER_TRY(do_stage());
  if (stage_ == Stage::blocks && stage_is_over() && !gains()) {
    abandon();
    stage_ = Stage::done;
  } else if (stage_is_over()) {
    next_block_ = 0;
    stage_ = static_cast<Stage>(static_cast<std::uint8_t>(stage_) + 1);
  }
  return stage_ == Stage::done;
}

Result<void> Compression::do_stage() {
  switch (stage_) {
    case Stage::check:
      return directory_.check_still_there(kStillThere);
    case Stage::create:
      return made_.create(kCreate, kEmpty);
    case Stage::train:
      return train();
    case Stage::blocks:
      return write_blocks();
    case Stage::table:
      return write_table();
    case Stage::header:
      return made_.file()->write_at(FileOffset(), format::encode_compressed_header(header_),
                                    kWriteHeader);
    case Stage::compare:
      return compare();
    case Stage::sync:
      return made_.file()->sync_all(kSync);
    case Stage::rename:
      return made_.rename(kRename);
    case Stage::sync_directory:
      return directory_.sync(kSyncDirectory);
    case Stage::open:
      return open();
    case Stage::done:
      break;
  }
  return ok();
}

bool Compression::stage_is_over() const {
  const bool goes_over_blocks = stage_ == Stage::blocks || stage_ == Stage::compare;
  return !goes_over_blocks || next_block_ == header_.blocks();
}

/// A tenth at least, or it is not worth what reading it costs.
bool Compression::gains() const {
  return header_.file_bytes < header_.image_bytes() - header_.image_bytes() / 10;
}

Result<void> Compression::read_image(std::uint64_t begin, std::span<std::byte> into) const {
  const FileOffset from(begin);
  if (io::guarded_copy(segment_->bytes(from, from.plus(into.size())), into)) return ok();
  return unreadable_at(segment_->name(), from);
}

/// Blocks from everywhere in the records, at equal distances, packed and cut into pieces.
Result<void> Compression::train() {
  const std::uint64_t bytes = header_.footer.records_end.value();
  const std::uint64_t wanted =
      std::min<std::uint64_t>(settings_.dictionary_bytes_max, bytes / kDictionaryPart);
  const std::uint64_t blocks = bytes / header_.block_bytes;
  const std::uint64_t sampled =
      std::min(blocks, wanted * kSamplesOfDictionary / header_.block_bytes + 1);
  std::vector<std::byte> texts;
  std::vector<std::byte> image(header_.block_bytes);
  for (std::uint64_t i = 0; i < sampled; ++i) {
    const std::uint64_t block = i * blocks / sampled;
    ESKER_TRY(read_image(block * header_.block_bytes, image));
    const format::PackedBlock packed = format::pack_block(image, position_of(block));
    texts.insert(texts.end(), packed.text.begin(), packed.text.end());
    moved_bytes_ += image.size();
  }
  const std::vector<std::size_t> sizes(texts.size() / kSampleBytes, kSampleBytes);
  dictionary_ = format::train_dictionary(texts, sizes, wanted);
  header_.dictionary_bytes = static_cast<std::uint32_t>(dictionary_.size());
  header_.dictionary_checksum = format::crc32c(dictionary_);
  header_.file_bytes = header_.blocks_begin();
  encoder_.emplace(dictionary_, settings_.level);
  return ok();
}

/// The first record that begins in a block is found by its offset, which ascends with the position.
format::BlockPosition Compression::position_of(std::uint64_t block) const {
  const FileOffset begin(block * header_.block_bytes);
  std::uint64_t low = segment_->first().value();
  std::uint64_t high = segment_->end().value();
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (segment_->offset_of(Position(middle)) < begin) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const FileOffset first = segment_->offset_of(Position(low));
  // A damaged offset table gives a wrong answer, and then the block is not packed as well as it could be.
  const std::uint64_t distance =
      first < begin ? header_.block_bytes : first.value() - begin.value();
  return {header_.segment.salt, begin, static_cast<std::size_t>(distance)};
}

Result<void> Compression::write_blocks() {
  std::vector<std::byte> out;
  std::vector<std::byte> image;
  for (std::uint64_t done = 0; done < kPieceBytes && next_block_ < header_.blocks();
       ++next_block_) {
    image.resize(header_.bytes_of_block(next_block_));
    ESKER_TRY(read_image(next_block_ * header_.block_bytes, image));
    entries_.push_back(encoder_->encode(image, position_of(next_block_), out));
    done += image.size();
    moved_bytes_ += image.size();
  }
  moved_bytes_ += out.size();
  const std::uint64_t begin = header_.file_bytes;
  header_.file_bytes += out.size();
  return made_.file()->write_at(FileOffset(begin), out, kWriteBlocks);
}

Result<void> Compression::write_table() {
  encoder_.reset();
  std::vector<std::byte> bytes = std::move(dictionary_);
  const std::vector<std::byte> table = format::encode_block_table(entries_);
  header_.table_checksum = format::crc32c(table);
  bytes.insert(bytes.end(), table.begin(), table.end());
  moved_bytes_ = bytes.size();
  return made_.file()->write_at(FileOffset(format::kCompressedHeaderBytes), bytes, kWriteTable);
}

Result<void> Compression::compare() {
  if (!written_) {
    std::array<std::byte, format::kCompressedHeaderBytes> there;
    ESKER_TRY(made_.file()->read_at(FileOffset(), there, kReadHeader));
    if (there != format::encode_compressed_header(header_) ||
        !format::parse_compressed_header(there)) {
      return damaged_at(made_.file()->name(), FileOffset(), "the header is not what was written");
    }
    written_.emplace(directory_.path() + "/" + made_.temporary_name(), header_,
                     CompressedFile::from_file(made_.file()));
  }
  std::vector<std::byte> image;
  std::vector<std::byte> back;
  for (std::uint64_t done = 0; done < kPieceBytes && next_block_ < header_.blocks();
       ++next_block_) {
    const std::uint64_t begin = next_block_ * header_.block_bytes;
    image.resize(header_.bytes_of_block(next_block_));
    back.resize(image.size());
    ESKER_TRY(read_image(begin, image));
    ESKER_TRY(written_->decode(next_block_, back, decoder_));
    if (image != back) {
      return damaged_at(segment_->name(), FileOffset(begin),
                        "what was compressed does not decode to what is here");
    }
    done += image.size();
    moved_bytes_ += image.size();
  }
  return ok();
}

Result<void> Compression::open() {
  ESKER_TRY(std::unique_ptr<io::File> file,
            directory_.open(made_.name(), io::OpenMode::read_only, kOpen));
  ESKER_TRY(compressed_, Segment::open_compressed(std::move(file), header_, memory_));
  return ok();
}

void Compression::abandon() {
  written_.reset();
  made_.abandon(kRemove);
}

}  // namespace esker::log
