#include "log/copy_source.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "log/recovery.hpp"
#include "log/watermark_file.hpp"

namespace esker::log {
namespace {

/// How often a live store is looked at again that changed while it was looked at.
constexpr int kAttempts = 5;

Result<CopySource> source_of(io::Directory& directory, Inventory inventory,
                             const std::optional<format::Watermark>& watermark) {
  if (inventory.segments.empty()) {
    return Error(Errc::not_found, directory.path() + ": there is no store in this directory");
  }
  CopySource source;
  source.segments = std::move(inventory.segments);
  source.store = source.segments.front().header.store;
  for (const SegmentFile& segment : source.segments) {
    source.incarnation = std::max(source.incarnation, segment.header.incarnation);
  }
  if (!watermark) return source;
  if (watermark->store != source.store) {
    return Error(Errc::corrupt, directory.path() + "/" + std::string(format::kWatermarkFileName) +
                                    ": the watermark belongs to another store: run es-tool verify");
  }
  source.incarnation = std::max(source.incarnation, watermark->incarnation);
  source.proven = watermark->position;
  return source;
}

/// Scans what is not sealed. Records that are there stay there, and are in the order in which they were written: so no witness is looked
/// for behind the last one, where more may come while this reads.
class LiveScan {
 public:
  explicit LiveScan(CopySource& source) : source_(source) {}

  Result<void> run() {
    std::vector<Position> firsts;
    for (const SegmentFile& segment : source_.segments) {
      ESKER_TRY(const Position first, first_position(segment));
      if (first == Position()) break;
      firsts.push_back(first);
    }
    source_.segments.resize(firsts.size());
    source_.scans.resize(firsts.size());
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      const bool last = i + 1 == firsts.size();
      ESKER_TRY(scan(i, last ? std::optional<Position>() : firsts[i + 1]));
    }
    return ok();
  }

 private:
  Result<void> scan(std::size_t i, std::optional<Position> next_first) {
    const SegmentFile& segment = source_.segments[i];
    const Position expected = source_.last.next();
    if (segment.footer) {
      source_.last = segment.footer->first.plus(segment.footer->records).previous();
      source_.proven = std::max(source_.proven, source_.last);
      if (segment.footer->first == expected) return ok();
      return damaged_at(segment.path, FileOffset(format::kSegmentHeaderBytes),
                        "the segment does not begin where the one before it ends");
    }
    const std::uint64_t limit = next_first ? next_first->value() - expected.value()
                                           : std::numeric_limits<std::uint64_t>::max();
    OnRecord nothing = [](const format::RecordView&, FileOffset) {};
    ESKER_TRY(source_.scans[i],
              scan_segment(*segment.file, segment.header, expected, limit, nothing));
    const SegmentScan& scan = source_.scans[i];
    if (next_first && scan.committed < limit) {
      return damaged_at(segment.path, scan.end, "a record is damaged, and later segments follow");
    }
    source_.last = scan.committed_last();
    source_.proven = std::max(source_.proven, next_first ? source_.last : scan.durable);
    return ok();
  }

  CopySource& source_;
};

Result<CopySource> try_read_live(io::Directory& directory) {
  // Before the records: then all that it speaks of must be among them.
  ESKER_TRY(const WatermarkFile watermark, WatermarkFile::open(directory));
  ESKER_TRY(Inventory inventory, take_inventory(directory));
  ESKER_TRY(CopySource source, source_of(directory, std::move(inventory), watermark.found()));
  if (source.segments.empty()) return source;
  const SegmentFile& first = source.segments.front();
  const std::string path = first.path;
  ESKER_TRY(LiveScan(source).run());
  const Position marked = watermark.found() ? watermark.found()->position : Position();
  if (marked <= source.last) return source;
  if (source.segments.empty()) {
    return Error(Errc::corrupt, path +
                                    ": there are no records, and the watermark proves that there "
                                    "were: run es-tool verify");
  }
  return damaged_at(source.segments.back().path, source.scans.back().end,
                    "the log ends here, and the watermark proves that it went on to " +
                        std::to_string(marked.value()));
}

/// Where the last commit ends, among a segment's records, that is within the limit.
struct LastCommit {
  std::uint64_t records = 0;
  FileOffset end{format::kSegmentHeaderBytes};
  Timestamp time;
};

Result<LastCommit> last_commit(const SegmentFile& segment, io::File& file, Position first,
                               std::uint64_t records, const CopyLimit& limit) {
  LastCommit found;
  OnRecord on_record = [&](const format::RecordView& record, FileOffset offset) {
    // A gap is kept whole or not at all.
    const Position last = record.end().previous();
    if (!record.commit_end || last > limit.position || record.time > limit.time) return;
    found = {last.value() - first.value() + 1, offset.plus(record.padded_bytes()), record.time};
  };
  ESKER_TRY(const SegmentScan scan, scan_segment(file, segment.header, first, records, on_record));
  if (scan.offsets.size() == records) return found;
  return damaged_at(segment.path, scan.end, format::describe(scan.fault));
}

class CutSearch {
 public:
  CutSearch(io::Directory& directory, const CopySource& source, const CopyLimit& limit)
      : directory_(directory), source_(source), limit_(limit) {}

  Result<CopyCut> find() {
    for (std::size_t i = 0; i < source_.segments.size(); ++i) {
      ESKER_TRY(const bool whole, take(i));
      if (!whole) break;
    }
    return cut_;
  }

 private:
  /// True when all of the segment is taken, and more may be.
  Result<bool> take(std::size_t i) {
    const SegmentFile& segment = source_.segments[i];
    const bool is_end = i + 1 == source_.segments.size();
    if (segment.footer) {
      const format::SegmentFooter& footer = *segment.footer;
      const Position last = footer.first.plus(footer.records).previous();
      if (last <= limit_.position && footer.last_time <= limit_.time) {
        whole(last, footer.last_time);
        return true;
      }
      ESKER_TRY(const SegmentFile opened, open_segment_file(directory_, segment.header.ids()));
      return part(segment, *opened.file, footer.first, footer.records);
    }
    const SegmentScan& scan = source_.scans[i];
    const bool all = scan.committed_last() <= limit_.position && scan.committed_time <= limit_.time;
    if (!all) return part(segment, *segment.file, scan.first, scan.committed);
    if (!is_end) {
      whole(scan.committed_last(), scan.committed_time);
      return true;
    }
    keep(scan.first, {scan.committed, scan.committed_end, scan.committed_time});
    return false;
  }

  void whole(Position last, Timestamp time) {
    ++cut_.whole_segments;
    cut_.last = last;
    cut_.time = time;
  }

  Result<bool> part(const SegmentFile& segment, io::File& file, Position first,
                    std::uint64_t records) {
    ESKER_TRY(const LastCommit found, last_commit(segment, file, first, records, limit_));
    keep(first, found);
    return false;
  }

  void keep(Position first, const LastCommit& commit) {
    cut_.records = commit.records;
    cut_.bytes = commit.end.value() - format::kSegmentHeaderBytes;
    if (commit.records == 0) return;
    cut_.last = first.plus(commit.records).previous();
    cut_.time = commit.time;
  }

  io::Directory& directory_;
  const CopySource& source_;
  const CopyLimit& limit_;
  CopyCut cut_;
};

}  // namespace

Result<CopySource> read_closed_source(io::Directory& directory) {
  ESKER_TRY(const WatermarkFile watermark, WatermarkFile::open(directory));
  ESKER_TRY(Inventory inventory, take_inventory(directory));
  ESKER_TRY(CopySource source, source_of(directory, std::move(inventory), watermark.found()));
  ESKER_TRY(RecoveryPlan plan, plan_recovery(source.segments, watermark.found()));
  source.last = plan.last;
  source.proven = plan.last;  // nobody writes any more, and the copy is synced itself
  source.scans = std::move(plan.scans);
  std::size_t begun = source.segments.size();
  while (begun > 0 && !source.segments[begun - 1].footer &&
         source.scans[begun - 1].committed == 0) {
    --begun;
  }
  source.segments.resize(begun);
  source.scans.resize(begun);
  return source;
}

Result<CopySource> read_live_source(io::Directory& directory) {
  for (int attempt = 1;; ++attempt) {
    Result<CopySource> source = try_read_live(directory);
    // A list of names that is read while one is added, or a file that is replaced, can look like damage; real damage stays.
    if (source || attempt == kAttempts) return source;
    const Errc code = source.assume_error().code();
    if (code != Errc::corrupt && code != Errc::not_found) return source;
  }
}

Result<CopyCut> find_cut(io::Directory& directory, const CopySource& source,
                         const CopyLimit& limit) {
  return CutSearch(directory, source, limit).find();
}

}  // namespace esker::log
