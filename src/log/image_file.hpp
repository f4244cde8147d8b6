#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"
#include "esker/result.hpp"
#include "io/directory.hpp"
#include "log/compressed_file.hpp"

namespace esker::log {

/// A compressed segment's image as a file that can be read, for whoever goes over a segment's file with `read_at`: recovery, verification,
/// copies. Nothing can be written to it or mapped; a block that is damaged is read as EBADMSG, `corrupt`.
///
/// Keeps one decoded block. Threads: any, one after the other.
class ImageFile final : public io::File {
 public:
  /// `file`  the compressed file.
  ImageFile(std::unique_ptr<io::File> file, const format::CompressedHeader& header);

  void will_read(std::uint64_t begin, std::uint64_t end) const override;
  void will_sync(std::uint64_t, std::uint64_t) override {}  // nothing is ever written to it

 protected:
  io::CallResult pread(std::span<std::byte> into, std::uint64_t offset,
                       const io::Site& site) override;
  io::CallResult pwrite(std::span<const std::byte> bytes, std::uint64_t offset,
                        const io::Site& site) override;
  io::CallResult fdatasync(const io::Site& site) override;
  io::CallResult fsync(const io::Site& site) override;
  io::CallResult fstat_size(const io::Site& site) override;
  io::CallResult fstat_links(const io::Site& site) override;
  io::CallResult ficlone(const io::File& from, const io::Site& site) override;
  io::CallResult ftruncate(std::uint64_t bytes, const io::Site& site) override;
  io::CallResult flock_exclusive(const io::Site& site) override;
  io::CallResult mmap(std::uint64_t bytes, std::unique_ptr<io::Mapping>& mapping,
                      const io::Site& site) override;

 private:
  Result<void> read_block(std::uint64_t index, std::uint64_t skip, std::span<std::byte> into)
      ESKER_REQUIRES(mutex_);

  const std::shared_ptr<io::File> file_;
  const CompressedFile compressed_;
  base::Mutex mutex_;
  format::BlockDecoder decoder_ ESKER_GUARDED_BY(mutex_);
  std::vector<std::byte> block_ ESKER_GUARDED_BY(mutex_);   // the block that was decoded last
  std::uint64_t block_index_ ESKER_GUARDED_BY(mutex_) = 0;  // which that is
};

/// What a segment's file says that it is.
struct OpenedSegmentFile {
  std::unique_ptr<io::File> file;  ///< Reads the segment as it was written, whatever is stored.
  std::uint64_t stored_bytes = 0;  ///< The length of the file in the directory.
  std::optional<format::CompressedHeader> compressed;  ///< Set: this is what is stored.
  std::vector<std::byte>
      begin;  ///< Its first bytes, enough for either header; fewer when there are fewer.
};

/// Opens a segment's file, compressed or not. What does not begin like a compressed one, or cannot be one, is opened as it is.
///
/// Errors: those of `Directory::open`; `corrupt`, naming the file, when it begins like a compressed segment and its header is damaged or it
/// is shorter than that says; `not_supported` (a later format); `io_error`.
Result<OpenedSegmentFile> open_image(io::Directory& directory, std::string_view name,
                                     io::OpenMode mode, const io::Site& site);

}  // namespace esker::log
