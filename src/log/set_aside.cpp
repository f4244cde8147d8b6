#include "log/set_aside.hpp"

#include <algorithm>
#include <vector>

#include "format/compressed_segment.hpp"
#include "log/record_walk.hpp"

namespace esker::log {
namespace {

constexpr io::Site kOpen{"log.set_aside_open"};
constexpr io::Site kSize{"log.set_aside_size"};
constexpr io::Site kRead{"log.set_aside_read"};
constexpr io::Site kCreate{"log.set_aside_create"};
constexpr io::Site kWrite{"log.set_aside_write"};
constexpr io::Site kLength{"log.set_aside_length"};
constexpr io::Site kSync{"log.set_aside_sync"};
constexpr io::Site kSyncDirectory{"log.set_aside_sync_directory"};

constexpr std::uint64_t kPieceBytes = 1 << 20;

Result<bool> is_compressed(io::File& file, std::uint64_t size) {
  std::vector<std::byte> begin(std::min<std::uint64_t>(size, format::kCompressedHeaderBytes));
  ESKER_TRY(file.read_at(FileOffset(), begin, kRead));
  return format::is_compressed_segment(begin);
}

}  // namespace

Result<void> SetAside::copy_file(std::string_view name) {
  ESKER_TRY(const std::unique_ptr<io::File> from,
            directory_.open(name, io::OpenMode::read_only, kOpen));
  ESKER_TRY(const std::uint64_t size, from->size(kSize));
  // A segment is mostly zeros when it is not full: they are left out, and the length brings them back.
  ESKER_TRY(const FileOffset end, end_of_data(*from, FileOffset(), FileOffset(size)));
  return copy(*from, FileOffset(), end, std::string(name), size);
}

Result<void> SetAside::copy_tail(std::string_view name, FileOffset begin) {
  ESKER_TRY(const std::unique_ptr<io::File> from,
            directory_.open(name, io::OpenMode::read_only, kOpen));
  ESKER_TRY(const std::uint64_t size, from->size(kSize));
  ESKER_TRY(const bool compressed, is_compressed(*from, size));
  if (compressed) return copy_file(name);
  if (size <= begin.value()) return ok();
  ESKER_TRY(const FileOffset end, end_of_data(*from, begin, FileOffset(size)));
  if (end == begin) return ok();
  return copy(*from, begin, end, std::string(name) + ".from-" + std::to_string(begin.value()),
              end.value() - begin.value());
}

Result<void> SetAside::copy(io::File& from, FileOffset begin, FileOffset end, const std::string& to,
                            std::uint64_t length) {
  if (target_ == nullptr) {
    ESKER_TRY(target_, make_());
  }
  ESKER_TRY(const std::unique_ptr<io::File> file,
            target_->open(to, io::OpenMode::create_new, kCreate));
  std::vector<std::byte> piece;
  for (std::uint64_t at = begin.value(); at < end.value(); at += piece.size()) {
    piece.resize(std::min(kPieceBytes, end.value() - at));
    ESKER_TRY(from.read_at(FileOffset(at), piece, kRead));
    ESKER_TRY(file->write_at(FileOffset(at - begin.value()), piece, kWrite));
  }
  ESKER_TRY(file->resize(length, kLength));
  ESKER_TRY(file->sync_all(kSync));
  return target_->sync(kSyncDirectory);
}

}  // namespace esker::log
