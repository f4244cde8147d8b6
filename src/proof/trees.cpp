#include "proof/trees.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "log/inventory.hpp"

namespace esker::proof {
namespace {

constexpr io::Site kRemove{"proof.remove"};
constexpr io::Site kSetAside{"proof.set_aside"};
constexpr io::Site kSyncDirectory{"proof.sync_directory"};

/// How many events are hashed under the mutex, some 100 µs' worth, and in one piece of work.
constexpr std::uint64_t kBatch = 128;
constexpr std::uint64_t kPiece = 1024;

/// How many events must have come for the background to be woken: waking costs some 50 µs.
constexpr std::uint64_t kLag = 4096;

/// How long after a failure is tried again.
constexpr std::chrono::seconds kRetry(1);

/// How many events whoever asks for a proof hashes first: some 50 ms' worth.
constexpr std::uint64_t kReachMax = format::kTreeFileLeaves;

std::string text_of(Position position) { return std::to_string(position.value()); }

}  // namespace

class Trees::Making {
 public:
  explicit Making(Trees& trees) : trees_(trees) {
    base::MutexLock lock(trees_.mutex_);
    while (trees_.making_) trees_.made_.wait(trees_.mutex_);
    trees_.making_ = true;
  }
  ~Making() {
    base::MutexLock lock(trees_.mutex_);
    trees_.making_ = false;
    trees_.made_.notify_one();
  }
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

 private:
  Trees& trees_;
};

class Trees::Reading {
 public:
  explicit Reading(Trees& trees) : trees_(trees) {}

  /// The hashes of ranges that are of a path, or [0, leaves).
  Result<std::vector<TreeHash>> ranges(std::span<const format::LeafRange> ranges) {
    format::NodeHash node_hash = [this](const format::TreeNode& node) { return this->node(node); };
    return format::hash_ranges(hasher_, ranges, node_hash);
  }

  Result<TreeHash> node(format::TreeNode node) {
    constexpr unsigned kTop = format::kTreeFileLevel;
    const std::uint64_t file = node.level >= kTop ? 0 : node.index >> (kTop - node.level);
    {
      base::MutexLock lock(trees_.mutex_);
      if (node.level >= kTop) return trees_.files_.at({node.level - kTop, node.index});
      node.index -= file << (kTop - node.level);
      if (file == trees_.files_.leaves()) return trees_.tail_->at(node);
    }
    if (file_ == nullptr || file_->header().index != file) {
      ESKER_TRY(file_, TreeFile::open(trees_.directory_, trees_.log_.store_id(), file));
    }
    return file_->node(hasher_, node);
  }

 private:
  Trees& trees_;
  format::TreeHasher hasher_;
  std::unique_ptr<TreeFile> file_;  // a path's hashes are in one or two
};

Result<bool> Trees::kept(io::Directory& directory) {
  ESKER_TRY(const std::vector<std::uint64_t> files, list_tree_files(directory));
  return !files.empty();
}

Result<std::unique_ptr<Trees>> Trees::open(io::Directory& directory, const log::Log& log) {
  std::unique_ptr<Trees> trees(new Trees(directory, log));
  ESKER_TRY(trees->take_over());
  return trees;
}

Result<void> Trees::take_over() {
  const Making making(*this);
  ESKER_TRY(remove_unpublished_tree_files(directory_));
  ESKER_TRY(const std::vector<std::uint64_t> files, list_tree_files(directory_));
  ESKER_TRY(cut(files));
  ESKER_TRY(adopt());
  const std::uint64_t next = end().value() / format::kTreeFileLeaves;
  later_files_ = std::ranges::any_of(files, [&](std::uint64_t index) {
    return index > next && index * format::kTreeFileLeaves < log_.visible().value();
  });
  return ok();
}

/// Whoever appends next gives these positions to other events.
Result<void> Trees::cut(std::span<const std::uint64_t> files) {
  ESKER_TRY(const std::vector<LongTreeFile> long_files,
            find_long_tree_files(directory_, log_.store_id(), files, log_.visible()));
  bool removed = false;
  for (const LongTreeFile& file : long_files) {
    const std::string name = format::tree_file_name(file.index);
    if (file.leaves == 0) {
      ESKER_TRY(directory_.remove(name, kRemove));
      removed = true;
      continue;
    }
    ESKER_TRY(const bool cut, cut_tree_file(directory_, log_.store_id(), file));
    if (cut) continue;
    ESKER_TRY(directory_.rename(name, std::string(log::kSetAsidePrefix) + name, kSetAside));
    removed = true;
  }
  return removed ? directory_.sync(kSyncDirectory) : ok();
}

/// Takes the files over that follow on what there is. The maker, while the tail is empty.
Result<void> Trees::adopt() {
  damaged_file_.reset();
  while (true) {
    std::uint64_t index = 0;
    {
      base::MutexLock lock(mutex_);
      index = files_.leaves();
    }
    Result<std::unique_ptr<TreeFile>> file = TreeFile::open(directory_, log_.store_id(), index);
    if (file && file.assume_value()->header().full()) {
      base::MutexLock lock(mutex_);
      files_.push(hasher_, file.assume_value()->header().root);
      note_end();
      continue;
    }
    const auto load = [&]() -> Result<format::TreeNodes> {
      ESKER_TRY(const std::unique_ptr<TreeFile> opened, std::move(file));
      return opened->load(hasher_);
    };
    Result<format::TreeNodes> nodes = load();
    if (!nodes) {
      const Errc code = nodes.assume_error().code();
      if (code == Errc::io_error || code == Errc::no_space) return std::move(nodes).assume_error();
      if (code != Errc::not_found) damaged_file_ = std::move(nodes).assume_error();
      return ok();
    }
    base::MutexLock lock(mutex_);
    *tail_ = std::move(nodes).assume_value();
    tail_stored_ = tail_->leaves();
    note_end();
    return ok();
  }
}

void Trees::note_end() {
  const std::uint64_t end = leaves();
  ESKER_ASSERT_VALUES(end <= log_.visible().value(), end, log_.visible().value());
  end_.store(end, std::memory_order_release);
}

Position Trees::durable_end() const {
  base::MutexLock lock(mutex_);
  return Position(files_.leaves() * format::kTreeFileLeaves + tail_stored_);
}

bool Trees::lags() const { return log_.visible().value() - end().value() >= kLag; }

std::optional<std::chrono::nanoseconds> Trees::due() const {
  base::MutexLock lock(mutex_);
  return due_;
}

bool Trees::step() {
  const Making making(*this);
  const std::chrono::nanoseconds now = log_.clock().monotonic();
  {
    base::MutexLock lock(mutex_);
    if (failed_ && due_ && now < *due_) return false;
  }
  Result<bool> worked = make();
  base::MutexLock lock(mutex_);
  failed_.reset();
  const bool failed = !worked;
  due_.reset();
  if (failed) {
    failed_ = std::move(worked).assume_error();
    due_ = now + kRetry;
  }
  return !failed && worked.assume_value();
}

/// One piece of work; true when there was some.
Result<bool> Trees::make() {
  std::uint64_t files = 0;
  std::uint64_t tail = 0;
  std::uint64_t stored = 0;
  {
    base::MutexLock lock(mutex_);
    files = files_.leaves();
    tail = tail_->leaves();
    stored = tail_stored_;
  }
  const Position end(files * format::kTreeFileLeaves + tail);
  // The first file says that the store keeps a tree. A damaged one is replaced when there is all to replace it with.
  const bool first = files == 0 && stored == 0 && tail > 0 && !damaged_file_;
  const bool mended = damaged_file_ && tail > 0 && end == log_.visible();
  if (first || mended || tail == format::kTreeFileLeaves) {
    if (log_.synced() >= end) {
      ESKER_TRY(store_tail());
      return true;
    }
    if (tail == format::kTreeFileLeaves) return false;
  }
  return hash_on();
}

Result<bool> Trees::hash_on() {
  LeafReader reader(log_);
  const Position visible = log_.visible();
  bool any = false;
  for (std::uint64_t left = kPiece; left > 0;) {
    // Only the maker changes it, and only then others must not look.
    std::shared_ptr<format::TreeNodes> tail;
    Position at;
    {
      base::MutexLock lock(mutex_);
      tail = tail_;
      at = Position(leaves()).next();
    }
    const std::uint64_t room = format::kTreeFileLeaves - tail->leaves();
    const std::uint64_t there = visible < at ? 0 : visible.value() - at.value() + 1;
    std::vector<TreeHash> batch;
    for (std::uint64_t count = std::min({kBatch, left, room, there}); count > 0; --count) {
      Result<TreeHash> leaf = reader.leaf(hasher_, at);
      if (!leaf && leaf.assume_error().code() == Errc::not_found) return unprovable(at);
      ESKER_TRY(const TreeHash hash, std::move(leaf));
      batch.push_back(hash);
      at = at.next();
    }
    if (batch.empty()) break;
    left -= batch.size();
    any = true;
    base::MutexLock lock(mutex_);
    for (const TreeHash& hash : batch) tail->push(hasher_, hash);
    note_end();
  }
  return any;
}

Error Trees::unprovable(Position position) const {
  if (damaged_file_) return damaged_file_->clone();
  if (later_files_) {
    return {Errc::corrupt,
            directory_.path() + "/" +
                format::tree_file_name((position.value() - 1) / format::kTreeFileLeaves) +
                ": the tree file is missing, and compaction has released the event at position " +
                text_of(position) +
                ": put the file of a backup there, or give proofs up by removing all *.tree files "
                "while the store is closed"};
  }
  return {Errc::not_supported,
          "there is no root at position " + text_of(position) +
              " or behind it: compaction had released its event before a tree was kept"};
}

/// Writes the tail's file, as far as the tail is durable. The maker.
Result<void> Trees::store_tail() {
  std::shared_ptr<format::TreeNodes> tail;
  std::uint64_t index = 0;
  {
    base::MutexLock lock(mutex_);
    tail = tail_;
    index = files_.leaves();
  }
  // Not one that is not durable: after a crash another event may be there.
  const std::uint64_t begin = index * format::kTreeFileLeaves;
  const std::uint64_t synced = log_.synced().value();
  const std::uint64_t leaves = std::min(tail->leaves(), synced < begin ? 0 : synced - begin);
  if (leaves == 0) return ok();
  ESKER_TRY(write_tree_file(directory_, log_.store_id(), index, *tail, leaves));
  damaged_file_.reset();
  {
    base::MutexLock lock(mutex_);
    tail_stored_ = leaves;
    if (leaves < format::kTreeFileLeaves) return ok();
    files_.push(hasher_, tail->at({format::kTreeFileLevel, 0}));
    tail_ = std::make_shared<format::TreeNodes>();
    tail_stored_ = 0;
  }
  return adopt();
}

Result<bool> Trees::make_durable(Position last) {
  const Making making(*this);
  if (durable_end() >= last) return true;
  if (end() < last || (damaged_file_ && end() < log_.visible())) {
    const Result<bool> worked = make();
    if (worked) return false;
    // Nothing can be proved of what is there and behind it, so that nothing is lost with it.
    if (worked.assume_error().code() != Errc::not_supported) return worked.assume_error().clone();
    ESKER_TRY(store_tail());
    return true;
  }
  ESKER_TRY(store_tail());
  return durable_end() >= last;
}

void Trees::save() {
  const Making making(*this);
  if (durable_end() == Position()) {
    if (const Result<bool> made = make(); !made) return;
  }
  if (damaged_file_ || durable_end() >= std::min(end(), log_.synced())) return;
  if (const Result<void> stored = store_tail(); !stored) return;
}

/// Sees to it that the tree has the events up to `position`, which is visible.
Result<void> Trees::reach(Position position) {
  while (true) {
    const Position end = this->end();
    if (position <= end) return ok();
    {
      base::MutexLock lock(mutex_);
      if (failed_) return failed_->clone();
    }
    if (position.value() - end.value() > kReachMax) {
      return Error(Errc::busy, "the tree is being made, and has come to position " + text_of(end) +
                                   ": ask again later");
    }
    const Making making(*this);
    ESKER_TRY(const bool worked, make());
    if (!worked && this->end() == end) {
      return Error(Errc::busy, "the events up to position " + text_of(end) +
                                   " are not durable yet, and wait for their tree file: ask again "
                                   "later");
    }
  }
}

Result<Root> Trees::root(Position position) {
  ESKER_TRY(reach(position));
  Reading reading(*this);
  const format::LeafRange all{0, position.value()};
  ESKER_TRY(const std::vector<TreeHash> hash, reading.ranges(std::span(&all, 1)));
  return Root{position, hash.front()};
}

Result<InclusionProof> Trees::prove_inclusion(Position position, Position root) {
  ESKER_TRY(reach(root));
  Reading reading(*this);
  const std::uint64_t leaf = position.value() - 1;
  InclusionProof proof{position, root, {}, {}};
  ESKER_TRY(proof.leaf, reading.node({0, leaf}));
  ESKER_TRY(proof.path, reading.ranges(format::inclusion_path(leaf, root.value())));
  return proof;
}

Result<ConsistencyProof> Trees::prove_consistency(Position from, Position to) {
  ESKER_TRY(reach(to));
  Reading reading(*this);
  ConsistencyProof proof{from, to, {}};
  ESKER_TRY(proof.path, reading.ranges(format::consistency_path(from.value(), to.value())));
  return proof;
}

}  // namespace esker::proof
