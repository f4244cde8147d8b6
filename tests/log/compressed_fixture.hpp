#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/compression.hpp"
#include "log/copy_fixture.hpp"
#include "log/image_file.hpp"

namespace esker::log {

inline constexpr io::Site kCompressedTest{"test.compressed"};

/// A log on a simulated disk of which the sealed segments are compressed, in blocks so small that each has many.
class CompressedFixture : protected CopyFixture {
 protected:
  /// Compresses a segment, to the end or the first error.
  static Result<std::shared_ptr<Segment>> try_compress(io::Directory& directory, Log& log,
                                                       std::shared_ptr<Segment> segment) {
    Compression compression(directory, std::move(segment), log.decoded(),
                            {.level = 3, .block_bytes = 4096, .dictionary_bytes_max = 4096});
    while (true) {
      Result<bool> step = compression.step();
      if (!step) {
        compression.abandon();
        return std::move(step).assume_error();
      }
      if (step.assume_value()) break;
    }
    const std::shared_ptr<Segment>& segment_before = compression.segment();
    if (compression.compressed() != nullptr) {
      log.replace(std::span(&segment_before, 1), compression.compressed());
    }
    return compression.compressed();
  }

  std::shared_ptr<Segment> compress(std::size_t index) {
    const auto compressed = try_compress(*directory_, *log_, log_->segments()->all()[index]);
    REQUIRE_MESSAGE(compressed.has_value(), compressed.assume_error().message());
    REQUIRE(compressed.assume_value() != nullptr);
    return compressed.assume_value();
  }

  /// As `make_log`, but the two sealed segments are compressed. How many events there are. The log is closed.
  std::uint64_t make_compressed() {
    const std::uint64_t events = make_log();
    plain_ = {disk_.bytes(file(1)), disk_.bytes(file(2))};
    open();
    compress(0);
    compress(1);
    close();
    return events;
  }

  /// Where a block's stored bytes begin in a compressed file, and how many they are.
  struct Stored {
    std::uint64_t begin = 0;
    std::uint64_t bytes = 0;
  };
  Stored block_of(std::uint64_t id, std::uint64_t image_offset) {
    const std::vector<std::byte> bytes = disk_.bytes(file(id));
    const auto header = format::parse_compressed_header(
        std::span<const std::byte>(bytes).first<format::kCompressedHeaderBytes>());
    REQUIRE(header.has_value());
    const format::CompressedHeader& it = header.assume_value();
    const auto table =
        format::parse_block_table(std::span<const std::byte>(bytes).subspan(
                                      it.table_begin(), it.blocks() * format::kBlockEntryBytes),
                                  it);
    REQUIRE(table.has_value());
    const format::BlockPlace& place = table.assume_value()[image_offset / it.block_bytes];
    return {place.begin, place.entry.stored_bytes};
  }

  std::vector<std::vector<std::byte>> plain_;  // the files that have been compressed, as they were
};

}  // namespace esker::log
