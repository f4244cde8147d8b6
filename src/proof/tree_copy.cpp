#include "proof/tree_copy.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "format/tree_hasher.hpp"
#include "log/copy_segment.hpp"
#include "proof/tree_file.hpp"

namespace esker::proof {
namespace {

constexpr io::Site kOpen{"proof.copy_open"};
constexpr io::Site kLink{"proof.copy_link"};
constexpr io::Site kLinkBase{"proof.copy_link_base"};

class TreeCopy {
 public:
  TreeCopy(io::Directory& source, io::Directory& target, const log::CopyOptions& options,
           log::CopyReport& report)
      : from_(source), to_(target), options_(options), report_(report) {}

  Result<void> run() {
    ESKER_TRY(const std::vector<std::uint64_t> files, list_tree_files(from_));
    const std::uint64_t end = report_.last.value();
    for (const std::uint64_t index : files) {
      if (index > end / format::kTreeFileLeaves) break;
      const std::uint64_t there = end - index * format::kTreeFileLeaves;
      if (there == 0) break;
      ESKER_TRY(take(index, std::min(there, format::kTreeFileLeaves)));
    }
    return ok();
  }

 private:
  Result<void> take(std::uint64_t index, std::uint64_t leaves_max) {
    ESKER_TRY(const std::unique_ptr<TreeFile> file, TreeFile::open(from_, report_.store, index));
    if (file->header().full() && leaves_max == format::kTreeFileLeaves) {
      ESKER_TRY(take_full(file->header()));
      return check(file->header());
    }
    // Also when all of it stays: by its name, a longer one might be linked that has taken its place.
    ESKER_TRY(const format::TreeNodes nodes, file->load(hasher_));
    format::TreeFileHeader header = file->header();
    report_.bytes_read += header.file_bytes();
    header.leaves = static_cast<std::uint32_t>(std::min(nodes.leaves(), leaves_max));
    report_.bytes_copied += header.file_bytes();
    return write_tree_file(to_, report_.store, index, nodes, header.leaves);
  }

  Result<void> take_full(const format::TreeFileHeader& header) {
    const std::string name = format::tree_file_name(header.index);
    const std::uint64_t bytes = header.file_bytes();
    if (!options_.real_copies) {
      ESKER_TRY(const bool linked, log::if_supported(to_.link(from_, name, name, kLink)));
      if (linked) return report_.bytes_linked += bytes, ok();
    }
    if (options_.base != nullptr) {
      const auto earlier = TreeFile::open(*options_.base, report_.store, header.index);
      if (earlier && earlier.assume_value()->header().root == header.root) {
        ESKER_TRY(const bool linked,
                  log::if_supported(to_.link(*options_.base, name, name, kLinkBase)));
        if (linked) return report_.bytes_base += bytes, ok();
      }
    }
    ESKER_TRY(const std::unique_ptr<io::File> file,
              from_.open(name, io::OpenMode::read_only, kOpen));
    if (!options_.real_copies) {
      ESKER_TRY(const bool shared, log::if_supported(log::share_file(*file, to_, name)));
      if (shared) return report_.bytes_shared += bytes, ok();
    }
    report_.bytes_copied += bytes;
    log::OnBytes on_bytes = [this](std::uint64_t read) { report_.bytes_read += read; };
    return log::copy_file(*file, bytes, nullptr, to_, name, on_bytes);
  }

  /// What has got its name in the target is the file that was found, and whole.
  Result<void> check(const format::TreeFileHeader& header) {
    ESKER_TRY(const std::unique_ptr<TreeFile> here,
              TreeFile::open(to_, report_.store, header.index));
    if (here->header().root != header.root) {
      return Error(Errc::corrupt,
                   from_.path() + "/" + format::tree_file_name(header.index) +
                       ": the tree file has changed while it was being copied: try again");
    }
    if (!options_.verify) return ok();
    report_.bytes_read += header.file_bytes();
    Result<format::TreeNodes> nodes = here->load(hasher_);
    if (nodes) return ok();
    if (nodes.assume_error().code() != Errc::corrupt) return std::move(nodes).assume_error();
    // That names the copy's file, which is removed again.
    ESKER_TRY(const std::unique_ptr<TreeFile> found,
              TreeFile::open(from_, report_.store, header.index));
    ESKER_TRY(found->load(hasher_));
    return Error(Errc::corrupt, to_.path() + "/" + format::tree_file_name(header.index) +
                                    ": the tree file is damaged, and the one that it was made "
                                    "of is not: try again");
  }

  io::Directory& from_;
  io::Directory& to_;
  const log::CopyOptions& options_;
  log::CopyReport& report_;
  format::TreeHasher hasher_;
};

}  // namespace

Result<void> copy_tree_files(io::Directory& source, io::Directory& target,
                             const log::CopyOptions& options, log::CopyReport& report) {
  return TreeCopy(source, target, options, report).run();
}

}  // namespace esker::proof
