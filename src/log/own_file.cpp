#include "log/own_file.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/byte_order.hpp"
#include "format/segment.hpp"
#include "log/image_file.hpp"

namespace esker::log {
namespace {

constexpr io::Site kOpen{"log.own_open"};
constexpr io::Site kLinks{"log.own_links"};
constexpr io::Site kSize{"log.own_size"};
constexpr io::Site kCreate{"log.own_create"};
constexpr io::Site kEmpty{"log.own_empty"};
constexpr io::Site kRead{"log.own_read"};
constexpr io::Site kWrite{"log.own_write"};
constexpr io::Site kLength{"log.own_length"};
constexpr io::Site kSync{"log.own_sync"};
constexpr io::Site kRename{"log.own_rename"};
constexpr io::Site kSyncDirectory{"log.own_sync_directory"};

constexpr std::uint64_t kPieceBytes = 1 << 20;

/// Zeros are left out: the length brings them back. So are, of a compressed segment, blocks that are damaged: whoever mends it knows.
Result<void> copy(const OpenedSegmentFile& from, io::File& to, std::uint64_t bytes) {
  const std::uint64_t piece_bytes = from.compressed ? from.compressed->block_bytes : kPieceBytes;
  std::vector<std::byte> piece;
  for (std::uint64_t at = 0; at < bytes; at += piece_bytes) {
    piece.resize(std::min(piece_bytes, bytes - at));
    Result<void> read = from.file->read_at(FileOffset(at), piece, kRead);
    if (!read) {
      if (!from.compressed || read.assume_error().code() != Errc::corrupt) return read;
      continue;
    }
    if (base::is_zero(piece)) continue;
    ESKER_TRY(to.write_at(FileOffset(at), piece, kWrite));
  }
  ESKER_TRY(to.resize(bytes, kLength));
  return to.sync_all(kSync);
}

}  // namespace

Result<bool> own_file(io::Directory& directory, std::string_view name) {
  ESKER_TRY(const OpenedSegmentFile shared,
            open_image(directory, name, io::OpenMode::read_only, kOpen));
  if (!shared.compressed) {
    ESKER_TRY(const std::uint64_t links, shared.file->links(kLinks));
    if (links <= 1) return false;
  }
  ESKER_TRY(const std::uint64_t bytes, shared.file->size(kSize));
  const std::string temporary = std::string(name) + std::string(format::kTemporarySuffix);
  ESKER_TRY(const std::unique_ptr<io::File> own,
            directory.open(temporary, io::OpenMode::create_or_open, kCreate));
  ESKER_TRY(own->resize(0, kEmpty));  // what an earlier attempt may have left
  ESKER_TRY(copy(shared, *own, bytes));
  ESKER_TRY(directory.rename(temporary, name, kRename));
  ESKER_TRY(directory.sync(kSyncDirectory));
  return true;
}

}  // namespace esker::log
