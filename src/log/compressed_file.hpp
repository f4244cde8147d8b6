#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "esker/result.hpp"
#include "format/block_codec.hpp"
#include "format/compressed_segment.hpp"
#include "io/file.hpp"

namespace esker::log {

/// A compressed segment's file: reads, checks and decodes its blocks. Dictionary and block table are loaded when the first block is
/// wanted, so that opening a store does not wait for them. format-spec.md, "Compressed segment".
///
/// Threads: any.
class CompressedFile {
 public:
  /// Fills `into` from an offset of the file. Errors: `io_error`, `corrupt`, naming file and offset.
  using Read = std::function<Result<void>(std::uint64_t, std::span<std::byte>)>;

  /// `path` is for messages.
  CompressedFile(std::string path, const format::CompressedHeader& header, Read read)
      : path_(std::move(path)), header_(header), read_(std::move(read)) {}
  CompressedFile(const CompressedFile&) = delete;
  CompressedFile& operator=(const CompressedFile&) = delete;

  /// Reads from mapped memory, which may not be readable.
  static Read from_mapping(std::string path, std::shared_ptr<const io::Mapping> mapping);
  /// Reads with system calls.
  static Read from_file(std::shared_ptr<io::File> file);

  [[nodiscard]] const format::CompressedHeader& header() const { return header_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const Read& source() const { return read_; }

  /// Decodes block `index` into `image`, which has just its length. May wait for the disk.
  /// Errors: `corrupt` and `io_error`, naming file and offset.
  Result<void> decode(std::uint64_t index, std::span<std::byte> image,
                      format::BlockDecoder& decoder) const;

  /// Where the stored bytes of the blocks with the image's bytes [begin, end) are in the file; an empty range while the table has not
  /// been loaded. For hints.
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  [[nodiscard]] Range stored(std::uint64_t begin, std::uint64_t end) const;

 private:
  /// What is loaded on first use.
  struct Parts {
    std::vector<format::BlockPlace> blocks;
    std::unique_ptr<format::BlockDictionary> dictionary;
  };

  Result<std::shared_ptr<const Parts>> parts() const;
  Result<std::shared_ptr<const Parts>> load() const;

  const std::string path_;
  const format::CompressedHeader header_;
  const Read read_;
  mutable base::Mutex mutex_;
  mutable std::shared_ptr<const Parts> parts_ ESKER_GUARDED_BY(mutex_);
};

}  // namespace esker::log
