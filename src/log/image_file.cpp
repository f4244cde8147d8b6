#include "log/image_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "log/inventory.hpp"

namespace esker::log {
namespace {

constexpr io::Site kSize{"log.image_size"};
constexpr io::Site kRead{"log.image_read"};
constexpr io::Site kLinks{"log.image_links"};

constexpr io::CallResult refused(int error) { return {.value = 0, .error = error}; }

int errno_of(const Error& error) { return error.code() == Errc::corrupt ? EBADMSG : EIO; }

}  // namespace

ImageFile::ImageFile(std::unique_ptr<io::File> file, const format::CompressedHeader& header)
    : io::File(file->name()),
      file_(std::move(file)),
      compressed_(name(), header, CompressedFile::from_file(file_)) {}

void ImageFile::will_read(std::uint64_t begin, std::uint64_t end) const {
  const CompressedFile::Range stored =
      compressed_.stored(begin, std::min(end, compressed_.header().image_bytes()));
  file_->will_read(stored.begin, stored.end);
}

io::CallResult ImageFile::pread(std::span<std::byte> into, std::uint64_t offset, const io::Site&) {
  const format::CompressedHeader& header = compressed_.header();
  if (offset >= header.image_bytes()) return {};
  std::size_t done = 0;
  base::MutexLock lock(mutex_);
  while (done < into.size() && offset + done < header.image_bytes()) {
    const std::uint64_t index = (offset + done) / header.block_bytes;
    const std::uint64_t skip = (offset + done) % header.block_bytes;
    const std::size_t count =
        std::min<std::size_t>(into.size() - done, header.bytes_of_block(index) - skip);
    Result<void> read = read_block(index, skip, into.subspan(done, count));
    if (!read) {
      // What comes before the damage is there; who goes on is told.
      if (done > 0) break;
      return refused(errno_of(read.assume_error()));
    }
    done += count;
  }
  return {.value = static_cast<std::int64_t>(done), .error = 0};
}

Result<void> ImageFile::read_block(std::uint64_t index, std::uint64_t skip,
                                   std::span<std::byte> into) {
  const std::uint32_t bytes = compressed_.header().bytes_of_block(index);
  if (skip == 0 && into.size() == bytes) return compressed_.decode(index, into, decoder_);
  if (block_.empty() || block_index_ != index) {
    block_.resize(bytes);
    block_index_ = index;
    if (Result<void> decoded = compressed_.decode(index, block_, decoder_); !decoded) {
      block_.clear();
      return decoded;
    }
  }
  std::ranges::copy(std::span(block_).subspan(skip, into.size()), into.begin());
  return ok();
}

io::CallResult ImageFile::pwrite(std::span<const std::byte>, std::uint64_t, const io::Site&) {
  return refused(EROFS);
}
io::CallResult ImageFile::fdatasync(const io::Site&) { return refused(EROFS); }
io::CallResult ImageFile::fsync(const io::Site&) { return refused(EROFS); }

io::CallResult ImageFile::fstat_size(const io::Site&) {
  return {.value = static_cast<std::int64_t>(compressed_.header().image_bytes()), .error = 0};
}

io::CallResult ImageFile::fstat_links(const io::Site&) {
  const Result<std::uint64_t> links = file_->links(kLinks);
  if (!links) return refused(EIO);
  return {.value = static_cast<std::int64_t>(links.assume_value()), .error = 0};
}

io::CallResult ImageFile::ficlone(const io::File&, const io::Site&) { return refused(EROFS); }
io::CallResult ImageFile::ftruncate(std::uint64_t, const io::Site&) { return refused(EROFS); }
io::CallResult ImageFile::flock_exclusive(const io::Site&) { return refused(EROFS); }
io::CallResult ImageFile::mmap(std::uint64_t, std::unique_ptr<io::Mapping>&, const io::Site&) {
  return refused(EROFS);
}

Result<OpenedSegmentFile> open_image(io::Directory& directory, std::string_view name,
                                     io::OpenMode mode, const io::Site& site) {
  OpenedSegmentFile opened;
  ESKER_TRY(opened.file, directory.open(name, mode, site));
  ESKER_TRY(opened.stored_bytes, opened.file->size(kSize));
  opened.begin.resize(std::min<std::uint64_t>(opened.stored_bytes, format::kCompressedHeaderBytes));
  ESKER_TRY(opened.file->read_at(FileOffset(), opened.begin, kRead));
  if (!format::is_compressed_segment(opened.begin)) return opened;
  const std::string& path = opened.file->name();
  if (opened.begin.size() < format::kCompressedHeaderBytes) {
    return damaged_at(path, FileOffset(opened.begin.size()),
                      "shorter than a compressed segment's header");
  }
  Result<format::CompressedHeader> header = format::parse_compressed_header(
      std::span<const std::byte>(opened.begin).first<format::kCompressedHeaderBytes>());
  if (!header) {
    return Error(header.assume_error().code(), path + ": " + header.assume_error().message());
  }
  opened.compressed = header.assume_value();
  if (opened.stored_bytes < opened.compressed->file_bytes) {
    return damaged_at(
        path, FileOffset(opened.stored_bytes),
        "the file ends here instead of at " + std::to_string(opened.compressed->file_bytes));
  }
  opened.file = std::make_unique<ImageFile>(std::move(opened.file), *opened.compressed);
  return opened;
}

}  // namespace esker::log
