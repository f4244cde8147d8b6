#include "index/verify.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/byte_order.hpp"
#include "format/checksum.hpp"
#include "index/load.hpp"
#include "index/memtable.hpp"
#include "index/run.hpp"
#include "index/run_files.hpp"
#include "index/run_writer.hpp"

namespace esker::index {
namespace {

constexpr io::Site kVerifyOpen{"index.verify_open"};
constexpr io::Site kVerifyRead{"index.verify_read"};

/// Verifying one run: what is found goes to the caller's function and is counted.
class Verifier {
 public:
  Verifier(const Run& run, RunReport& report, UniqueFunction<void(const RunFault&)>& on_fault)
      : run_(run), report_(report), on_fault_(on_fault) {}

  /// Every byte of the file against its checksum, by reading rather than through the mapping.
  Result<void> check_bytes(io::File& file) {
    const RunFooter& footer = run_.footer();
    std::vector<std::byte> table(footer.pages() * kPageEntryBytes);
    ESKER_TRY(file.read_at(FileOffset(footer.pages_begin), table, kVerifyRead));
    if (format::crc32c(table) != footer.pages_checksum) {
      fault(footer.pages_begin, "the page table's checksum does not match");
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

  /// Every term of the segment, both ways; the counts then leave no room for others.
  void check_terms(const Memtable& memtable) {
    std::uint64_t terms = 0;
    std::uint64_t postings = 0;
    for (std::size_t shard = 0; shard < Memtable::kShards; ++shard) {
      for (const Memtable::Entry& entry : memtable.shard(shard)) {
        ++terms;
        postings += entry.postings().size();
        if (!check_term(entry, Direction::forwards)) continue;
        check_term(entry, Direction::backwards);
      }
    }
    const RunFooter& footer = run_.footer();
    if (footer.terms != terms) {
      fault(footer.terms_begin, "it holds " + std::to_string(footer.terms) +
                                    " terms where the segment has " + std::to_string(terms));
    }
    if (footer.postings != postings) {
      fault(footer.terms_begin, "it holds " + std::to_string(footer.postings) +
                                    " postings where the segment has " + std::to_string(postings));
    }
  }

 private:
  void fault(std::uint64_t offset, std::string reason) {
    ++report_.faults;
    on_fault_({run_.name(), FileOffset(offset), std::move(reason)});
  }

  void check_header(std::span<const std::byte, kRunHeaderBytes> bytes) {
    const auto expected = encode_run_header(run_.footer().store, run_.footer().segment);
    if (!std::ranges::equal(bytes, expected))
      fault(0, "the header is not the one the footer calls for");
  }

  bool check_term(const Memtable::Entry& entry, Direction direction) {
    const SegmentKey& segment = run_.footer().segment;
    PostingQuery query{entry.term, direction, 0, segment.end.value() - segment.first.value()};
    std::array<Posting, 1024> piece;  // Uninitialised on purpose.
    std::size_t checked = 0;
    while (true) {
      auto copied = run_.copy(query, piece);
      if (!copied) {
        fault(run_.footer().terms_begin, copied.error().message());
        return false;
      }
      const std::size_t count = copied.value();
      const std::size_t left = entry.postings().size() - checked;
      const bool right = count <= left && (count == piece.size() || count == left);
      if (!right || !equal(entry.postings(), checked, std::span(piece).first(count), direction)) {
        fault(run_.footer().terms_begin,
              "the postings of term " + name(entry.term) + " are not those of the segment");
        return false;
      }
      checked += count;
      if (count < piece.size()) return true;
      if (direction == Direction::forwards) {
        query.begin = std::uint64_t{piece[count - 1]} + 1;
      } else {
        query.end = piece[count - 1];
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

  const Run& run_;
  RunReport& report_;
  UniqueFunction<void(const RunFault&)>& on_fault_;
};

}  // namespace

Result<RunReport> verify_run(io::Directory& directory, const Uuid& store, const SegmentKey& segment,
                             Index::SegmentReader& read_segment,
                             UniqueFunction<void(const RunFault&)>& on_fault) {
  RunReport report;
  auto file = directory.open(run_file_name(segment.id), io::OpenMode::read_only, kVerifyOpen);
  if (!file && file.error().code() == Errc::not_found) return report;
  if (!file && file.error().code() != Errc::corrupt) return std::move(file).error();
  report.present = true;
  auto run = Run::open(directory, store, segment);
  if (!run && run.error().code() == Errc::no_space) return std::move(run).error();
  if (!run) {
    ++report.faults;
    on_fault(
        {directory.path() + "/" + run_file_name(segment.id), FileOffset(), run.error().message()});
    return report;
  }
  report.bytes = run.value()->footer().file_bytes;
  report.terms = run.value()->footer().terms;
  report.postings = run.value()->footer().postings;
  Verifier verifier(*run.value(), report, on_fault);
  auto checked = verifier.check_bytes(*file.value());
  if (!checked) {
    ++report.faults;
    on_fault({run.value()->name(), FileOffset(), checked.error().message()});
  }
  // A run with a bad page is made again anyway; what else is wrong with it would only be noise.
  if (report.faults > 0) return report;
  ESKER_TRY(const auto memtable, load_memtable(segment, read_segment));
  verifier.check_terms(*memtable);
  return report;
}

Result<RebuildReport> rebuild_runs(io::Directory& directory, const Uuid& store,
                                   const std::vector<SegmentKey>& sealed,
                                   Index::SegmentReader& read_segment,
                                   UniqueFunction<void(std::uint64_t)>& on_run) {
  RebuildReport report;
  ESKER_TRY(report.removed, remove_obsolete_runs(directory, sealed));
  for (const SegmentKey& segment : sealed) {
    ESKER_TRY(const auto memtable, load_memtable(segment, read_segment));
    ESKER_TRY(const auto run, make_run(directory, store, segment, *memtable));
    ++report.built;
    report.bytes += run->footer().file_bytes;
    on_run(report.built);
  }
  return report;
}

}  // namespace esker::index
