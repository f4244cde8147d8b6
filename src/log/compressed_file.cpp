#include "log/compressed_file.hpp"

#include <algorithm>
#include <utility>

#include "format/checksum.hpp"
#include "io/guarded_read.hpp"
#include "log/inventory.hpp"

namespace esker::log {
namespace {

constexpr io::Site kRead{"log.compressed_read"};

}  // namespace

CompressedFile::Read CompressedFile::from_mapping(std::string path,
                                                  std::shared_ptr<const io::Mapping> mapping) {
  return [path = std::move(path), mapping = std::move(mapping)](
             std::uint64_t offset, std::span<std::byte> into) -> Result<void> {
    // Copied before it is looked at: whatever a page fault leaves, it is not in the middle of a decoder.
    if (io::guarded_copy(mapping->bytes().subspan(offset, into.size()), into)) return ok();
    return unreadable_at(path, FileOffset(offset));
  };
}

CompressedFile::Read CompressedFile::from_file(std::shared_ptr<io::File> file) {
  return [file = std::move(file)](std::uint64_t offset, std::span<std::byte> into) {
    return file->read_at(FileOffset(offset), into, kRead);
  };
}

Result<void> CompressedFile::decode(std::uint64_t index, std::span<std::byte> image,
                                    format::BlockDecoder& decoder) const {
  ESKER_TRY(const std::shared_ptr<const Parts> parts, this->parts());
  const format::BlockPlace& place = parts->blocks[index];
  std::vector<std::byte> stored(place.entry.stored_bytes);
  ESKER_TRY(read_(place.begin, stored));
  const std::uint64_t begin = index * header_.block_bytes;
  Result<void> decoded = decoder.decode(place.entry, stored, *parts->dictionary,
                                        header_.segment.salt, FileOffset(begin), image);
  if (decoded) return ok();
  return damaged_at(path_, FileOffset(place.begin),
                    decoded.assume_error().message() + " (offsets " + std::to_string(begin) +
                        " to " + std::to_string(begin + image.size()) + " of the segment)");
}

CompressedFile::Range CompressedFile::stored(std::uint64_t begin, std::uint64_t end) const {
  std::shared_ptr<const Parts> parts;
  {
    base::MutexLock lock(mutex_);
    parts = parts_;
  }
  if (parts == nullptr || begin >= end) return {};
  const format::BlockPlace& first = parts->blocks[begin / header_.block_bytes];
  const format::BlockPlace& last = parts->blocks[(end - 1) / header_.block_bytes];
  return {first.begin, last.begin + last.entry.stored_bytes};
}

Result<std::shared_ptr<const CompressedFile::Parts>> CompressedFile::parts() const {
  {
    base::MutexLock lock(mutex_);
    if (parts_ != nullptr) return parts_;
  }
  // Without the lock, since it may wait for the disk: two may load at once, and one of them in vain.
  ESKER_TRY(std::shared_ptr<const Parts> loaded, load());
  base::MutexLock lock(mutex_);
  if (parts_ == nullptr) parts_ = std::move(loaded);
  return parts_;
}

Result<std::shared_ptr<const CompressedFile::Parts>> CompressedFile::load() const {
  std::vector<std::byte> bytes(header_.blocks_begin() - format::kCompressedHeaderBytes);
  ESKER_TRY(read_(format::kCompressedHeaderBytes, bytes));
  const auto dictionary = std::span<const std::byte>(bytes).first(header_.dictionary_bytes);
  if (format::crc32c(dictionary) != header_.dictionary_checksum) {
    return damaged_at(path_, FileOffset(format::kCompressedHeaderBytes),
                      "the dictionary's checksum does not match");
  }
  Result<std::vector<format::BlockPlace>> blocks = format::parse_block_table(
      std::span<const std::byte>(bytes).subspan(header_.dictionary_bytes), header_);
  if (!blocks) {
    return damaged_at(path_, FileOffset(header_.table_begin()), blocks.assume_error().message());
  }
  auto parts = std::make_shared<Parts>();
  parts->blocks = std::move(blocks).assume_value();
  parts->dictionary = std::make_unique<format::BlockDictionary>(dictionary);
  return std::shared_ptr<const Parts>(std::move(parts));
}

}  // namespace esker::log
