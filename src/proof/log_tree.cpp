#include "proof/log_tree.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "log/scan.hpp"
#include "proof/asked.hpp"
#include "proof/tree_file.hpp"

namespace esker::proof {
namespace {

using format::kTreeFileLeaves;
using format::kTreeFileLevel;

constexpr std::uint64_t kProgressEvery = 4096;

std::string text_of(Position position) { return std::to_string(position.value()); }

Error released(Position position) {
  return {Errc::not_supported, "the event at position " + text_of(position) +
                                   " has been released by compaction, and no tree file has its "
                                   "hash: nothing can be proved by roots there and behind it"};
}

/// The positions of a segment of the source: the first, and one behind the last that counts.
struct Positions {
  Position first;
  Position end;
};

Positions positions_of(const log::CopySource& source, std::size_t segment) {
  if (const auto& footer = source.segments[segment].footer) {
    return {footer->first, footer->first.plus(footer->records)};
  }
  const log::SegmentScan& scan = source.scans[segment];
  return {scan.first, scan.committed_last().next()};
}

}  // namespace

Result<LogTree> LogTree::open(io::Directory& directory,
                              UniqueFunction<void(std::uint64_t)> on_progress) {
  ESKER_TRY(log::CopySource source, log::read_closed_source(directory));
  return LogTree(directory, std::move(source), std::move(on_progress));
}

Result<Root> LogTree::root(std::optional<Position> position) {
  ESKER_TRY(const Position at, root_asked_for(position, last()));
  const format::LeafRange all{0, at.value()};
  ESKER_TRY(const std::vector<TreeHash> hash, hashes(std::span(&all, 1)));
  return Root{at, hash.front()};
}

Result<InclusionProof> LogTree::prove_inclusion(Position position, std::optional<Position> root) {
  ESKER_TRY(const Position at, root_asked_for(root, last()));
  ESKER_TRY(check_event_asked_for(position, at));
  const std::uint64_t leaf = position.value() - 1;
  std::vector<format::LeafRange> ranges = format::inclusion_path(leaf, at.value());
  ranges.insert(ranges.begin(), {leaf, leaf + 1});
  ESKER_TRY(std::vector<TreeHash> path, hashes(ranges));
  const TreeHash first = path.front();
  path.erase(path.begin());
  return InclusionProof{position, at, first, std::move(path)};
}

Result<ConsistencyProof> LogTree::prove_consistency(Position from, std::optional<Position> to) {
  ESKER_TRY(const Position at, root_asked_for(to, last()));
  ESKER_TRY(check_older_root(from, at));
  ESKER_TRY(std::vector<TreeHash> path, hashes(format::consistency_path(from.value(), at.value())));
  return ConsistencyProof{from, at, std::move(path)};
}

Result<std::optional<TreeHash>> LogTree::leaf(Position position) {
  ESKER_TRY(const Position at, root_asked_for(position, last()));
  if (at == Position()) {
    return Error(Errc::invalid_argument, "there is no event at position 0: the first is at 1");
  }
  std::optional<TreeHash> found;
  log::OnRecord on_record = [&](const format::RecordView& record, FileOffset) {
    if (record.position == position && !record.released) found = hasher_.leaf(record);
  };
  for (std::size_t i = 0; i < source_.segments.size(); ++i) {
    const Positions positions = positions_of(source_, i);
    if (position < positions.first || position >= positions.end) continue;
    ESKER_TRY(scan(i, position, on_record));
  }
  return found;
}

/// The hashes of ranges that are of a path, or [0, leaves).
Result<std::vector<TreeHash>> LogTree::hashes(std::span<const format::LeafRange> ranges) {
  Pieces pieces;
  for (const format::LeafRange& range : ranges) {
    for (const format::TreeNode& node : format::full_nodes(range)) want(pieces, node);
  }
  for (auto& [index, piece] : pieces) {
    ESKER_TRY(use_file(index, piece));
  }
  ESKER_TRY(hash_log(pieces));
  format::NodeHash node_hash = [&](const format::TreeNode& node) { return hash(pieces, node); };
  return format::hash_ranges(hasher_, ranges, node_hash);
}

void LogTree::want(Pieces& pieces, const format::TreeNode& node) {
  if (node.level >= kTreeFileLevel) {
    const std::uint64_t files = 1ULL << (node.level - kTreeFileLevel);
    for (std::uint64_t i = 0; i < files; ++i) {
      pieces[node.index * files + i].leaves = kTreeFileLeaves;
    }
    return;
  }
  const std::uint64_t index = node.index >> (kTreeFileLevel - node.level);
  Piece& piece = pieces[index];
  const std::uint64_t end = ((node.index + 1) << node.level) - index * kTreeFileLeaves;
  piece.leaves = std::max(piece.leaves, end);
  piece.nodes_wanted = true;
}

Result<void> LogTree::use_file(std::uint64_t index, Piece& piece) {
  Result<std::unique_ptr<TreeFile>> file = TreeFile::open(directory_, source_.store, index);
  if (file && file.assume_value()->header().full() && !piece.nodes_wanted) {
    piece.root = file.assume_value()->header().root;
    return ok();
  }
  const auto load = [&]() -> Result<format::TreeNodes> {
    ESKER_TRY(const std::unique_ptr<TreeFile> opened, std::move(file));
    return opened->load(hasher_);
  };
  Result<format::TreeNodes> nodes = load();
  if (nodes) {
    piece.nodes = std::move(nodes).assume_value();
    return ok();
  }
  const Errc code = nodes.assume_error().code();
  if (code == Errc::not_found) return ok();
  if (code != Errc::corrupt) return std::move(nodes).assume_error();
  piece.damaged = std::move(nodes).assume_error();
  return ok();
}

/// Makes what is missing, all in one pass.
Result<void> LogTree::hash_log(Pieces& pieces) {
  std::uint64_t hashed = 0;
  std::optional<Error> failed;
  Piece* piece = nullptr;
  std::uint64_t begin = 0;  // the piece's first leaf
  log::OnRecord on_record = [&](const format::RecordView& record, FileOffset) {
    if (piece == nullptr || failed || piece->done()) return;
    const Position wanted(begin + piece->nodes.leaves() + 1);
    if (record.end() <= wanted) return;
    if (record.released) {
      failed = piece->damaged ? std::move(*piece->damaged) : released(wanted);
      return;
    }
    piece->nodes.push(hasher_, hasher_.leaf(record));
    if (++hashed % kProgressEvery == 0) on_progress_(hashed);
  };
  log::OnRecord each = [&](const format::RecordView& record, FileOffset offset) {
    const std::uint64_t index = (record.end().value() - 2) / kTreeFileLeaves;
    const std::uint64_t first = (record.position.value() - 1) / kTreeFileLeaves;
    // A gap may go through several pieces.
    for (auto at = pieces.lower_bound(first); at != pieces.end() && at->first <= index; ++at) {
      piece = &at->second;
      begin = at->first * kTreeFileLeaves;
      on_record(record, offset);
      if (piece->nodes.leaves() < kTreeFileLeaves || piece->nodes_wanted || piece->root) continue;
      piece->root = piece->nodes.at({kTreeFileLevel, 0});
      piece->nodes = {};
    }
  };
  for (std::size_t i = 0; i < source_.segments.size() && !failed; ++i) {
    const Positions positions = positions_of(source_, i);
    Position last;
    for (const auto& [index, wanted] : pieces) {
      const Position next(index * kTreeFileLeaves + wanted.nodes.leaves() + 1);
      if (wanted.done() || next >= positions.end) continue;
      const Position end(index * kTreeFileLeaves + wanted.leaves);
      if (end >= positions.first) last = std::min(end, positions.end.previous());
    }
    if (last == Position()) continue;
    ESKER_TRY(scan(i, last, each));
  }
  if (failed) return std::move(*failed);
  return ok();
}

/// Reads a segment's records from the first up to that of `last`, which is in it.
Result<void> LogTree::scan(std::size_t segment, Position last, log::OnRecord& on_record) {
  const log::SegmentFile& found = source_.segments[segment];
  const Positions positions = positions_of(source_, segment);
  const auto scan_file = [&](io::File& file) -> Result<void> {
    // To the end, since a gap counts whole or not at all.
    ESKER_TRY(const log::SegmentScan scan,
              log::scan_segment(file, found.header, positions.first,
                                positions.end.value() - positions.first.value(), on_record));
    if (scan.next > last) return ok();
    return log::damaged_at(found.path, scan.end,
                           std::string(format::describe(scan.fault)) + ": run es-tool verify");
  };
  if (found.file != nullptr) return scan_file(*found.file);
  ESKER_TRY(const log::SegmentFile opened, log::open_segment_file(directory_, found.header.ids()));
  return scan_file(*opened.file);
}

Result<TreeHash> LogTree::hash(Pieces& pieces, const format::TreeNode& node) {
  if (node.level < kTreeFileLevel) {
    const std::uint64_t index = node.index >> (kTreeFileLevel - node.level);
    const std::uint64_t before = index << (kTreeFileLevel - node.level);
    return pieces[index].nodes.at({node.level, node.index - before});
  }
  const unsigned level = node.level - kTreeFileLevel;
  format::TreeNodes roots;
  for (std::uint64_t i = 0; i < 1ULL << level; ++i) {
    const Piece& piece = pieces[(node.index << level) + i];
    roots.push(hasher_, piece.root ? *piece.root : piece.nodes.at({kTreeFileLevel, 0}));
  }
  return roots.at({level, 0});
}

}  // namespace esker::proof
