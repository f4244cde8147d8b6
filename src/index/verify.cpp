#include "index/verify.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/byte_order.hpp"
#include "format/checksum.hpp"
#include "index/load.hpp"
#include "index/make_run.hpp"
#include "index/run_cursor.hpp"
#include "index/run_files.hpp"

namespace esker::index {
namespace {

constexpr io::Site kVerifyOpen{"index.verify_open"};
constexpr io::Site kVerifyRead{"index.verify_read"};

/// Verifying one run: what is found goes to the caller's function and is counted.
class Verifier {
 public:
  Verifier(std::shared_ptr<Run> run, RunReport& report,
           UniqueFunction<void(const RunFault&)>& on_fault)
      : run_(std::move(run)), report_(report), on_fault_(on_fault) {}

  /// Every byte of the file against its checksum, by reading rather than through the mapping.
  Result<void> check_bytes(io::File& file) {
    const RunFooter& footer = run_->footer();
    std::vector<std::byte> table(footer.file_bytes - kRunFooterBytes - footer.pages_begin);
    ESKER_TRY(file.read_at(FileOffset(footer.pages_begin), table, kVerifyRead));
    if (!check_table(table)) {
      fault(footer.pages_begin, "a checksum of the page table does not match");
      return ok();
    }
    constexpr std::uint64_t kPagesAtOnce = 256;
    std::vector<std::byte> bytes;
    for (std::uint64_t page = 0; page < footer.pages(); page += kPagesAtOnce) {
      bytes.resize(std::min(kPagesAtOnce, footer.pages() - page) * kRunPageBytes);
      ESKER_TRY(file.read_at(FileOffset(page * kRunPageBytes), bytes, kVerifyRead));
      if (page == 0) check_header(std::span(bytes).first<kRunHeaderBytes>());
      for (std::size_t at = 0; at < bytes.size(); at += kRunPageBytes) {
        const std::uint64_t number = page + at / kRunPageBytes;
        const auto expected = base::load_le<std::uint32_t>(table, number * kPageEntryBytes);
        if (format::crc32c(std::span(bytes).subspan(at, kRunPageBytes)) != expected) {
          fault(number * kRunPageBytes, "the page's checksum does not match");
        }
      }
    }
    return ok();
  }

  /// Every term of a segment in its positions, both ways.
  void check_segment(const SegmentKey& segment, const LoadedSegment& loaded) {
    const Memtable& memtable = *loaded.memtable;
    released_ = loaded.released;
    any_released_ = any_released_ || !released_.empty();
    const Position first = run_->footer().key.first;
    const std::uint64_t rebase = segment.first.value() - first.value();
    for (std::size_t shard = 0; shard < Memtable::kShards; ++shard) {
      for (const Memtable::Entry& entry : memtable.shard(shard)) {
        expected_ += entry.postings().size();
        const Range range{rebase, segment.end.value() - first.value()};
        const std::vector<Posting> kept = without_released(entry.postings());
        const std::span<const Posting> postings =
            released_.empty() ? entry.postings() : std::span<const Posting>(kept);
        if (!check_term(entry.term, postings, range, Direction::forwards)) continue;
        check_term(entry.term, postings, range, Direction::backwards);
      }
    }
  }

  /// Behind all segments: that the run holds nothing else. All that the segments have is in it, so equal numbers say so.
  void check_counts() {
    const RunFooter& footer = run_->footer();
    std::uint64_t terms = 0;
    std::uint64_t postings = 0;
    if (auto counted = count(terms, postings); !counted) {
      return fault(kRunHeaderBytes, counted.error().message());
    }
    if (footer.terms != terms) {
      fault(kRunHeaderBytes, "it holds " + std::to_string(terms) + " terms, not the " +
                                 std::to_string(footer.terms) + " that its footer says");
    }
    // Of what compaction has released since, a run still knows.
    const bool right = any_released_ ? postings >= expected_ : postings == expected_;
    if (!right) {
      fault(kRunHeaderBytes, "it holds " + std::to_string(postings) +
                                 " postings where the log has " + std::to_string(expected_));
    }
    if (postings != footer.postings) {
      fault(kRunHeaderBytes, "it holds " + std::to_string(postings) + " postings, not the " +
                                 std::to_string(footer.postings) + " that its footer says");
    }
  }

 private:
  /// Postings of the run.
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  void fault(std::uint64_t offset, std::string reason) {
    ++report_.faults;
    on_fault_({run_->name(), FileOffset(offset), std::move(reason)});
  }

  /// The page table and, behind it, the checksums of its pages.
  [[nodiscard]] bool check_table(std::span<const std::byte> table) const {
    const RunFooter& footer = run_->footer();
    const auto checksums = table.subspan(footer.table_pages() * kRunPageBytes);
    if (format::crc32c(checksums) != footer.pages_checksum) return false;
    for (std::uint64_t page = 0; page < footer.table_pages(); ++page) {
      const auto expected = base::load_le<std::uint32_t>(checksums, page * kPageEntryBytes);
      if (format::crc32c(table.subspan(page * kRunPageBytes, kRunPageBytes)) != expected) {
        return false;
      }
    }
    return true;
  }

  void check_header(std::span<const std::byte, kRunHeaderBytes> bytes) {
    const auto expected = encode_run_header(run_->footer().store, run_->footer().key);
    if (!std::ranges::equal(bytes, expected))
      fault(0, "the header is not the one the footer calls for");
  }

  Result<void> count(std::uint64_t& terms, std::uint64_t& postings) {
    RunCursor cursor(run_);
    ESKER_TRY(cursor.next());
    while (!cursor.at_end()) {
      ESKER_TRY(const std::uint32_t here, cursor.count());
      ++terms;
      postings += here;
      ESKER_TRY(cursor.next());
    }
    return ok();
  }

  /// Those of a segment's postings whose events are all there; nothing when all are.
  [[nodiscard]] std::vector<Posting> without_released(std::span<const Posting> postings) const {
    std::vector<Posting> kept;
    if (released_.empty()) return kept;
    std::ranges::copy_if(postings, std::back_inserter(kept),
                         [this](Posting posting) { return !released_[posting]; });
    return kept;
  }

  bool check_term(const Term& term, std::span<const Posting> expected, const Range& range,
                  Direction direction) {
    PostingQuery query{term, direction, range.begin, range.end};
    std::array<Posting, 1024> piece;  // Uninitialised on purpose.
    std::size_t checked = 0;
    while (true) {
      auto copied = run_->copy(query, piece);
      if (!copied) {
        fault(kRunHeaderBytes, copied.error().message());
        return false;
      }
      const std::size_t count = copied.value();
      const std::size_t left = expected.size() - checked;
      const Posting last = count == 0 ? 0 : piece[count - 1];
      std::span<Posting> found = std::span(piece).first(count);
      for (Posting& posting : found) posting -= static_cast<Posting>(range.begin);
      if (!released_.empty()) {
        const auto gone =
            std::ranges::remove_if(found, [this](Posting posting) { return released_[posting]; });
        found = found.first(found.size() - gone.size());
      }
      const bool right = found.size() <= left && (count == piece.size() || found.size() == left);
      if (!right || !equal(expected, checked, found, direction)) {
        fault(kRunHeaderBytes, "the postings of term " + name(term) + " are not those of the log");
        return false;
      }
      checked += found.size();
      if (count < piece.size()) return true;
      if (direction == Direction::forwards) {
        query.begin = std::uint64_t{last} + 1;
      } else {
        query.end = last;
      }
    }
  }

  static bool equal(std::span<const Posting> expected, std::size_t checked,
                    std::span<const Posting> found, Direction direction) {
    if (direction == Direction::forwards) {
      return std::ranges::equal(expected.subspan(checked, found.size()), found);
    }
    const auto part = expected.subspan(expected.size() - checked - found.size(), found.size());
    return std::equal(part.rbegin(), part.rend(), found.begin(), found.end());
  }

  static std::string name(const Term& term) {
    std::string text;
    for (const std::uint64_t half : {term.high, term.low}) {
      for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(half >> shift) & 15];
    }
    return text;
  }

  const std::shared_ptr<Run> run_;
  RunReport& report_;
  UniqueFunction<void(const RunFault&)>& on_fault_;
  std::uint64_t expected_ = 0;  // Postings that the log has.
  std::vector<bool> released_;  // Of the segment that is checked; see `LoadedSegment`.
  bool any_released_ = false;
};

}  // namespace

Result<RunReport> verify_run(io::Directory& directory, const Uuid& store,
                             std::span<const SegmentKey> segments,
                             Index::SegmentReader& read_segment,
                             UniqueFunction<void(const RunFault&)>& on_fault) {
  RunReport report;
  const std::string name = run_file_name(segments.front().id, segments.back().id);
  auto file = directory.open(name, io::OpenMode::read_only, kVerifyOpen);
  if (!file && file.error().code() == Errc::not_found) return report;
  if (!file && file.error().code() != Errc::corrupt) return std::move(file).error();
  report.present = true;
  auto run = Run::open(directory, store, run_key_of(segments));
  if (!run && run.error().code() == Errc::no_space) return std::move(run).error();
  if (!run) {
    ++report.faults;
    on_fault({directory.path() + "/" + name, FileOffset(), run.error().message()});
    return report;
  }
  report.bytes = run.value()->footer().file_bytes;
  report.terms = run.value()->footer().terms;
  report.postings = run.value()->footer().postings;
  Verifier verifier(run.value(), report, on_fault);
  auto checked = verifier.check_bytes(*file.value());
  if (!checked) {
    ++report.faults;
    on_fault({run.value()->name(), FileOffset(), checked.error().message()});
  }
  // A run with a bad page is made again anyway; what else is wrong with it would only be noise.
  if (report.faults > 0) return report;
  for (const SegmentKey& segment : segments) {
    ESKER_TRY(const LoadedSegment loaded, load_segment(segment, read_segment));
    verifier.check_segment(segment, loaded);
  }
  verifier.check_counts();
  return report;
}

Result<RebuildReport> rebuild_runs(io::Directory& directory, const Uuid& store,
                                   const std::vector<SegmentKey>& sealed,
                                   Index::SegmentReader& read_segment,
                                   UniqueFunction<void(std::uint64_t)>& on_run) {
  RebuildReport report;
  ESKER_TRY(const RunFiles files, remove_obsolete_runs(directory, sealed));
  report.removed = files.obsolete.size();
  for (const SegmentKey& segment : sealed) {
    ESKER_TRY(const LoadedSegment loaded, load_segment(segment, read_segment));
    ESKER_TRY(const auto run, make_run(directory, store, segment, *loaded.memtable));
    ++report.built;
    report.bytes += run->footer().file_bytes;
    on_run(report.built);
  }
  for (const RunFileName& name : files.usable) {
    if (name.first == name.last) continue;
    ESKER_TRY(remove_run(directory, run_file_name(name.first, name.last)));
  }
  return report;
}

}  // namespace esker::index
