#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "esker/result.hpp"
#include "format/block_codec.hpp"
#include "io/directory.hpp"
#include "log/segment.hpp"
#include "log/unpublished_file.hpp"

namespace esker::log {

/// How a segment is compressed.
struct CompressionSettings {
  /// zstd's, 1 to 19. bench/NOTES.md, "Compressed segments": 19 makes 8% less than 12 and takes five times as long.
  int level = 12;
  /// Of the image in each block. A random read decodes one or two; larger ones are not much smaller (bench/NOTES.md).
  std::uint32_t block_bytes = 32 << 10;
  /// At most; less for a segment of which it would be more than a hundredth.
  std::uint32_t dictionary_bytes_max = 112 << 10;
};

/// Replaces a sealed segment's file by a compressed one, one bounded piece with at most one blocking call at a time:
///
///     check → create → train → blocks → dictionary and table → header → compare → sync → rename over the old → sync directory → open
///
/// Everything that has been written is read back, decoded and compared with the segment before the old file goes. Whoever reads in the
/// old file goes on in it. A crash leaves either the old file or the new one, and perhaps a temporary one, which the next open
/// removes (R8).
class Compression {
 public:
  /// `segment` is sealed and not compressed. `directory` outlives this; `memory` is the log's.
  Compression(io::Directory& directory, std::shared_ptr<Segment> segment,
              std::shared_ptr<DecodedMemory> memory, const CompressionSettings& settings);

  /// Does the next piece. True when there is nothing left to do. After an error the compression is to be abandoned; the segment is as
  /// it was, or replaced. Errors: those of reading and writing; `not_found` when the directory has been moved (R11); `corrupt` when what
  /// was written does not read as the segment.
  Result<bool> step();

  /// Removes what has been begun, if it can.
  void abandon();

  /// Bytes read and written by the last step.
  [[nodiscard]] std::uint64_t moved_bytes() const { return moved_bytes_; }

  [[nodiscard]] const std::shared_ptr<Segment>& segment() const { return segment_; }
  /// What takes its place; null when there was too little to gain, and as long as nothing does.
  [[nodiscard]] const std::shared_ptr<Segment>& compressed() const { return compressed_; }
  /// The compressed file's length, as far as it is known.
  [[nodiscard]] std::uint64_t compressed_bytes() const { return header_.file_bytes; }

 private:
  enum class Stage : std::uint8_t {
    check,
    create,
    train,
    blocks,
    table,
    header,
    compare,
    sync,
    rename,
    sync_directory,
    open,
    done
  };

  Result<void> do_stage();
  [[nodiscard]] bool stage_is_over() const;
  [[nodiscard]] bool gains() const;
  Result<void> read_image(std::uint64_t begin, std::span<std::byte> into) const;
  [[nodiscard]] format::BlockPosition position_of(std::uint64_t block) const;
  Result<void> train();
  Result<void> write_blocks();
  Result<void> write_table();
  Result<void> compare();
  Result<void> open();

  io::Directory& directory_;
  const std::shared_ptr<Segment> segment_;
  const std::shared_ptr<DecodedMemory> memory_;
  const CompressionSettings settings_;
  UnpublishedFile made_;
  Stage stage_ = Stage::check;
  std::uint64_t moved_bytes_ = 0;
  std::uint64_t next_block_ = 0;  // to be written, or compared

  format::CompressedHeader header_;
  std::vector<std::byte> dictionary_;
  std::optional<format::BlockEncoder> encoder_;
  std::vector<format::BlockEntry> entries_;
  std::optional<CompressedFile> written_;  // what is compared
  format::BlockDecoder decoder_;
  std::shared_ptr<Segment> compressed_;
};

}  // namespace esker::log
