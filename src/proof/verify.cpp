#include "proof/verify.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "format/tree_hasher.hpp"
#include "format/tree_nodes.hpp"
#include "log/scan.hpp"
#include "proof/tree_file.hpp"

namespace esker::proof {
namespace {

using format::kTreeFileLeaves;

constexpr io::Site kRemove{"proof.verify_remove"};
constexpr io::Site kSyncDirectory{"proof.verify_sync_directory"};

constexpr std::uint64_t kProgressEvery = 4096;

/// What is wrong with a file, without its name, which the finding has.
std::string reason_of(const Error& error, const std::string& path) {
  std::string reason(error.message());
  if (reason.starts_with(path + ": ")) reason.erase(0, path.size() + 2);
  return reason.substr(0, reason.find(": put the file"));
}

class Verifier {
 public:
  Verifier(io::Directory& directory, const log::VerifyReport& log, TreeVerifyCallbacks& callbacks)
      : directory_(directory), log_(log), callbacks_(callbacks) {}

  Result<TreeReport> run() {
    ESKER_TRY(files_, list_tree_files(directory_));
    if (files_.empty()) return report_;
    for (const log::SegmentVerdict& segment : log_.segments) {
      if (segment.records == 0 || !segment.file.header) continue;
      ESKER_TRY(check_segment(segment));
    }
    ESKER_TRY(load_up_to(files_.back()));
    tell_files();
    tell_missing();
    return report_;
  }

 private:
  Result<void> check_segment(const log::SegmentVerdict& segment) {
    Result<void> loaded = ok();
    log::OnRecord on_record = [&](const format::RecordView& record, FileOffset) {
      if (!loaded) return;
      if (record.released) return note_released(record.position, record.end());
      const std::uint64_t leaf = record.position.value() - 1;
      loaded = load_up_to(leaf / kTreeFileLeaves);
      check_leaf(record, leaf);
      if (leaf % kProgressEvery == 0) callbacks_.on_progress(leaf, log_.last.value());
    };
    Result<std::unique_ptr<io::File>> file = log::open_surveyed(directory_, segment.file);
    if (!file) return unless_read(file.assume_error());
    const auto scan = log::scan_segment(*file.assume_value(), *segment.file.header, segment.first,
                                        segment.records, on_record);
    return scan ? std::move(loaded) : unless_read(scan.assume_error());
  }

  /// A segment that cannot be read has been told of.
  static Result<void> unless_read(const Error& error) {
    if (error.code() == Errc::no_space) return error.clone();
    return ok();
  }

  void note_released(Position begin, Position end) {
    for (std::uint64_t index = (begin.value() - 1) / kTreeFileLeaves;
         index * kTreeFileLeaves + 1 < end.value(); ++index) {
      released_.insert(index);
    }
  }

  void check_leaf(const format::RecordView& record, std::uint64_t leaf) {
    const std::uint64_t begin = loaded_ * kTreeFileLeaves;
    if (next_ == 0 || leaf < begin || leaf - begin >= nodes_.leaves()) return;
    if (nodes_.at({0, leaf - begin}) == hasher_.leaf(record)) return;
    if (!wrong_.emplace(loaded_, leaf).second) return;
    const std::uint64_t groups = nodes_.leaves() / format::kTreeGroupLeaves;
    offsets_[loaded_] = format::kTreeFileHeaderBytes + (groups + leaf - begin) * TreeHash::kBytes;
  }

  /// The files up to this index have been looked at, and the last of them is in `nodes_`.
  Result<void> load_up_to(std::uint64_t index) {
    while (next_ < files_.size() && files_[next_] <= index) {
      loaded_ = files_[next_++];
      nodes_ = {};
      ESKER_TRY(load(loaded_));
    }
    return ok();
  }

  Result<void> load(std::uint64_t index) {
    ++report_.files;
    const auto read = [&]() -> Result<format::TreeNodes> {
      ESKER_TRY(const std::unique_ptr<TreeFile> file,
                TreeFile::open(directory_, log_.store, index));
      report_.bytes += file->header().file_bytes();
      return file->load(hasher_);
    };
    Result<format::TreeNodes> nodes = read();
    if (!nodes) {
      const Error& error = nodes.assume_error();
      if (error.code() != Errc::corrupt) return error.clone();
      damaged_[index] = reason_of(error, path_of(index));
      return ok();
    }
    nodes_ = std::move(nodes).assume_value();
    report_.leaves += nodes_.leaves();
    ends_[index] = index * kTreeFileLeaves + nodes_.leaves();
    return ok();
  }

  /// When all is known that decides whether a file can be made again.
  void tell_files() {
    for (const std::uint64_t index : files_) {
      if (const auto damaged = damaged_.find(index); damaged != damaged_.end()) {
        fault(index, 0, damaged->second + again(index));
      } else if (const auto wrong = wrong_.find(index); wrong != wrong_.end()) {
        fault(index, offsets_[index],
              "the hash of the event at position " + std::to_string(wrong->second + 1) +
                  " is not that of the event in the log: put the file of a backup in its place" +
                  (released_.contains(index) ? "" : ", or remove it while the store is closed"));
      } else if (ends_[index] > log_.last.value()) {
        callbacks_.on_note({path_of(index), FileOffset(),
                            "has hashes of events behind the log's end, at position " +
                                std::to_string(log_.last.value()) +
                                "; opening the store removes them"});
      }
    }
  }

  void tell_missing() {
    for (std::uint64_t index = 0; index < files_.back(); ++index) {
      if (std::ranges::binary_search(files_, index)) continue;
      if (released_.contains(index)) {
        fault(index, 0, "the tree file is missing" + again(index));
      } else {
        ++report_.missing;
      }
    }
  }

  [[nodiscard]] std::string again(std::uint64_t index) const {
    if (!released_.contains(index)) return "; made again from the log when the store is opened";
    return ", and cannot be made again since compaction has released events of it: put the file "
           "of a backup there";
  }

  void fault(std::uint64_t index, std::uint64_t offset, std::string reason) {
    ++report_.faults;
    callbacks_.on_fault({path_of(index), FileOffset(offset), std::move(reason)});
  }

  [[nodiscard]] std::string path_of(std::uint64_t index) const {
    return directory_.path() + "/" + format::tree_file_name(index);
  }

  io::Directory& directory_;
  const log::VerifyReport& log_;
  TreeVerifyCallbacks& callbacks_;
  TreeReport report_;
  format::TreeHasher hasher_;
  std::vector<std::uint64_t> files_;  // in order
  std::size_t next_ = 0;              // of the files, the first that has not been loaded
  std::uint64_t loaded_ = 0;          // the index of that before it
  format::TreeNodes nodes_;           // what is in it
  // By the files' indexes:
  std::set<std::uint64_t> released_;                // some events have been released
  std::map<std::uint64_t, std::string> damaged_;    // why
  std::map<std::uint64_t, std::uint64_t> wrong_;    // the first leaf that is another event's
  std::map<std::uint64_t, std::uint64_t> offsets_;  // and where it is
  std::map<std::uint64_t, std::uint64_t> ends_;     // one behind the last leaf
};

/// Cuts one store's files.
class Cut {
 public:
  Cut(io::Directory& directory, const Uuid& store, const TreeCutOptions& options,
      log::SetAside& set_aside, UniqueFunction<void(const std::string&)>& on_action)
      : directory_(directory),
        store_(store),
        options_(options),
        set_aside_(set_aside),
        on_action_(on_action) {}

  Result<std::uint64_t> run() {
    ESKER_TRY(const std::vector<std::uint64_t> files, list_tree_files(directory_));
    ESKER_TRY(const std::vector<LongTreeFile> long_files,
              find_long_tree_files(directory_, store_, files, options_.last));
    // Last to first: then what an interruption leaves has no gap.
    for (std::size_t i = long_files.size(); i-- > 0;) {
      const LongTreeFile& file = long_files[i];
      if (file.leaves == 0) {
        ESKER_TRY(act(file.index, "set aside; its events are behind the log's end",
                      [&] { return remove(file.index); }));
      } else {
        ESKER_TRY(act(file.index,
                      "cut behind position " + std::to_string(options_.last.value()) +
                          "; set aside as it was",
                      [&] { return shorten(file); }));
      }
    }
    return actions_;
  }

 private:
  template <class Do>
  Result<void> act(std::uint64_t index, const std::string& what, Do action) {
    const std::string name = format::tree_file_name(index);
    if (!options_.dry_run) {
      ESKER_TRY(set_aside_.copy_file(name));
      ESKER_TRY(action());
    }
    ++actions_;
    on_action_(directory_.path() + "/" + name + ": " + what);
    return ok();
  }

  Result<void> remove(std::uint64_t index) {
    ESKER_TRY(directory_.remove(format::tree_file_name(index), kRemove));
    return directory_.sync(kSyncDirectory);
  }

  Result<void> shorten(const LongTreeFile& file) {
    ESKER_TRY(const bool cut, cut_tree_file(directory_, store_, file));
    return cut ? ok() : remove(file.index);
  }

  io::Directory& directory_;
  const Uuid& store_;
  const TreeCutOptions& options_;
  log::SetAside& set_aside_;
  UniqueFunction<void(const std::string&)>& on_action_;
  std::uint64_t actions_ = 0;
};

}  // namespace

Result<TreeReport> verify_tree_files(io::Directory& directory, const log::VerifyReport& log,
                                     TreeVerifyCallbacks& callbacks) {
  return Verifier(directory, log, callbacks).run();
}

Result<std::uint64_t> cut_tree_files(io::Directory& directory, const Uuid& store,
                                     const TreeCutOptions& options, log::SetAside& set_aside,
                                     UniqueFunction<void(const std::string&)>& on_action) {
  return Cut(directory, store, options, set_aside, on_action).run();
}

}  // namespace esker::proof
