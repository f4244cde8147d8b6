#include "proof/tree_file.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "format/checksum.hpp"
#include "format/segment_ids.hpp"
#include "log/unpublished_file.hpp"

namespace esker::proof {
namespace {

constexpr io::Site kList{"proof.list"};
constexpr io::Site kOpen{"proof.open"};
constexpr io::Site kSize{"proof.size"};
constexpr io::Site kRead{"proof.read"};
constexpr io::Site kCreate{"proof.create"};
constexpr io::Site kEmpty{"proof.empty"};
constexpr io::Site kWrite{"proof.write"};
constexpr io::Site kSync{"proof.sync"};
constexpr io::Site kRename{"proof.rename"};
constexpr io::Site kSyncDirectory{"proof.sync_directory"};
constexpr io::Site kRemove{"proof.remove_unpublished"};

Error damaged_file(const std::string& path, std::string_view what) {
  return {Errc::corrupt, path + ": " + std::string(what) +
                             ": put the file of a backup in its place, or remove it while the "
                             "store is closed, to have it made from the log again"};
}

}  // namespace

Error TreeFile::damaged(std::string_view what) const { return damaged_file(file_->name(), what); }

Result<std::unique_ptr<TreeFile>> TreeFile::open(io::Directory& directory, const Uuid& store,
                                                 std::uint64_t index) {
  ESKER_TRY(std::unique_ptr<io::File> file,
            directory.open(format::tree_file_name(index), io::OpenMode::read_only, kOpen));
  ESKER_TRY(const std::uint64_t bytes, file->size(kSize));
  std::array<std::byte, format::kTreeFileHeaderBytes> begin;
  if (bytes < begin.size()) return damaged_file(file->name(), "shorter than a tree file's header");
  ESKER_TRY(file->read_at(FileOffset(), begin, kRead));
  Result<format::TreeFileHeader> header = format::parse_tree_file_header(begin);
  if (!header) {
    const Error& error = header.assume_error();
    if (error.code() == Errc::corrupt) return damaged_file(file->name(), error.message());
    return Error(error.code(), file->name() + ": " + error.message());
  }
  std::unique_ptr<TreeFile> opened(new TreeFile(std::move(file), header.assume_value()));
  if (opened->header_.store != store) return opened->damaged("belongs to another store");
  if (opened->header_.index != index) return opened->damaged("the header names another file");
  if (opened->header_.file_bytes() != bytes) return opened->damaged("is not as long as it says");
  return opened;
}

Result<std::vector<TreeHash>> TreeFile::read(std::uint64_t begin, std::uint64_t hashes) {
  std::vector<std::byte> bytes(hashes * TreeHash::kBytes);
  ESKER_TRY(file_->read_at(FileOffset(begin), bytes, kRead));
  return format::load_hashes(bytes);
}

Result<TreeHash> TreeFile::node(format::TreeHasher& hasher, format::TreeNode node) {
  if (node.level == format::kTreeFileLevel) return header_.root;
  ESKER_TRY(read_groups(hasher));
  if (node.level >= format::kTreeGroupLevel) {
    return groups_.at({node.level - format::kTreeGroupLevel, node.index});
  }
  const unsigned up = format::kTreeGroupLevel - node.level;
  const std::uint64_t group = node.index >> up;
  ESKER_TRY(read_group(hasher, group));
  return group_.nodes.at({node.level, node.index - (group << up)});
}

Result<void> TreeFile::read_groups(format::TreeHasher& hasher) {
  if (groups_.leaves() > 0) return ok();
  ESKER_TRY(const std::vector<TreeHash> hashes,
            read(format::kTreeFileHeaderBytes, header_.groups()));
  format::TreeNodes groups;
  for (const TreeHash& hash : hashes) groups.push(hasher, hash);
  constexpr unsigned kTop = format::kTreeFileLevel - format::kTreeGroupLevel;
  if (groups.at({kTop, 0}) != header_.root) {
    return damaged("the groups' hashes do not add up to the root");
  }
  groups_ = std::move(groups);
  return ok();
}

Result<void> TreeFile::read_group(format::TreeHasher& hasher, std::uint64_t index) {
  if (group_.nodes.leaves() > 0 && group_.index == index) return ok();
  ESKER_TRY(const std::vector<TreeHash> hashes,
            read(header_.leaves_begin() + index * format::kTreeGroupLeaves * TreeHash::kBytes,
                 format::kTreeGroupLeaves));
  Group group{index, {}};
  for (const TreeHash& hash : hashes) group.nodes.push(hasher, hash);
  if (group.nodes.at({format::kTreeGroupLevel, 0}) != groups_.at({0, index})) {
    return damaged("the hashes of group " + std::to_string(index) + " do not add up to its own");
  }
  group_ = std::move(group);
  return ok();
}

Result<format::TreeNodes> TreeFile::load(format::TreeHasher& hasher) {
  std::vector<std::byte> bytes(header_.file_bytes() - format::kTreeFileHeaderBytes);
  ESKER_TRY(file_->read_at(FileOffset(format::kTreeFileHeaderBytes), bytes, kRead));
  if (!header_.full() && format::crc32c(bytes) != header_.checksum) {
    return damaged("the checksum of what follows the header does not match");
  }
  const std::vector<TreeHash> hashes = format::load_hashes(bytes);
  format::TreeNodes nodes;
  for (std::size_t i = header_.groups(); i < hashes.size(); ++i) nodes.push(hasher, hashes[i]);
  const auto groups = nodes.level(format::kTreeGroupLevel);
  if (!std::equal(groups.begin(), groups.end(), hashes.begin()) ||
      (header_.full() && nodes.at({format::kTreeFileLevel, 0}) != header_.root)) {
    return damaged("the leaves' hashes do not add up");
  }
  return nodes;
}

Result<std::vector<std::uint64_t>> list_tree_files(io::Directory& directory) {
  ESKER_TRY(const std::vector<std::string> names, directory.list(kList));
  std::vector<std::uint64_t> indexes;
  for (const std::string& name : names) {
    if (const auto index = format::parse_tree_file_name(name)) indexes.push_back(*index);
  }
  return indexes;  // names sort as indexes do
}

Result<std::vector<LongTreeFile>> find_long_tree_files(io::Directory& directory, const Uuid& store,
                                                       std::span<const std::uint64_t> files,
                                                       Position last) {
  std::vector<LongTreeFile> found;
  for (const std::uint64_t index : files) {
    const std::uint64_t begin = index * format::kTreeFileLeaves;
    if (begin >= last.value()) {
      found.push_back({index, 0});
      continue;
    }
    const Result<std::unique_ptr<TreeFile>> file = TreeFile::open(directory, store, index);
    if (!file) {
      if (file.assume_error().code() != Errc::corrupt) return file.assume_error().clone();
      continue;
    }
    const std::uint64_t stays = last.value() - begin;
    if (file.assume_value()->header().leaves > stays) found.push_back({index, stays});
  }
  return found;
}

Result<bool> cut_tree_file(io::Directory& directory, const Uuid& store, const LongTreeFile& file) {
  const auto load = [&]() -> Result<format::TreeNodes> {
    format::TreeHasher hasher;
    ESKER_TRY(const std::unique_ptr<TreeFile> opened, TreeFile::open(directory, store, file.index));
    return opened->load(hasher);
  };
  const Result<format::TreeNodes> nodes = load();
  if (nodes) {
    ESKER_TRY(write_tree_file(directory, store, file.index, nodes.assume_value(), file.leaves));
    return true;
  }
  if (nodes.assume_error().code() == Errc::corrupt) return false;
  return nodes.assume_error().clone();
}

Result<void> remove_unpublished_tree_files(io::Directory& directory) {
  ESKER_TRY(const std::vector<std::string> names, directory.list(kList));
  for (const std::string& name : names) {
    const std::optional<std::string_view> to_be = format::name_to_be(name);
    if (!to_be || !format::parse_tree_file_name(*to_be)) continue;
    ESKER_TRY(directory.remove(name, kRemove));
  }
  return ok();
}

Result<void> write_tree_file(io::Directory& directory, const Uuid& store, std::uint64_t index,
                             const format::TreeNodes& nodes, std::uint64_t leaves) {
  const std::vector<std::byte> bytes = format::encode_tree_file(store, index, nodes, leaves);
  log::UnpublishedFile file(directory, format::tree_file_name(index));
  const auto make = [&]() -> Result<void> {
    ESKER_TRY(file.create(kCreate, kEmpty));
    ESKER_TRY(file.file()->write_at(FileOffset(), bytes, kWrite));
    ESKER_TRY(file.file()->sync_all(kSync));
    ESKER_TRY(file.rename(kRename));
    return directory.sync(kSyncDirectory);
  };
  Result<void> made = make();
  if (!made) file.abandon(kRemove);
  return made;
}

}  // namespace esker::proof
