#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "index/posting_query.hpp"
#include "index/run_key.hpp"

namespace esker::index {

// A run file, as format-spec.md, "Run", has it: header | term table | filter | lists | page table | table checksums | footer.
// What stands first has a size that is known from the number of terms, so that all parts can be written at once, each from its
// front to its back.

inline constexpr std::uint32_t kRunFormat = 2;
inline constexpr std::size_t kRunHeaderBytes = 64;
inline constexpr std::size_t kRunFooterBytes = 256;
/// What one checksum of the page table covers, and one table checksum of the page table.
inline constexpr std::size_t kRunPageBytes = 4096;
inline constexpr std::size_t kPageEntryBytes = 4;

/// Term table: term (high, low), then a place: a file offset of its list, or with `kInlinePosting` its only posting.
inline constexpr std::size_t kTermEntryBytes = 24;
inline constexpr std::uint64_t kInlinePosting = 1ULL << 63;

/// List: count, one skip entry (first posting, end of the block's bytes) for each block, then the blocks' bytes.
inline constexpr std::size_t kListHeaderBytes = 4;
inline constexpr std::size_t kSkipEntryBytes = 8;
inline constexpr std::size_t kBlockPostings = 128;
/// Lists of more begin on a page, and so do their blocks: they are written while they are read, skip entries and blocks at once.
inline constexpr std::uint64_t kShortListPostings = 65'536;
/// A run covers no more positions, so that every posting and every number of them has 32 bits.
inline constexpr std::uint64_t kRunPositionsMax = 0xffff'ffff;
/// Runs that together are longer are not merged: while a run is written, four bytes for each of its pages are in memory.
inline constexpr std::uint64_t kRunBytesMax = 32ULL << 30;

/// Filter: blocks of 512 bits, 16 bits a term, 7 of them set in one block.
inline constexpr std::size_t kFilterBlockBytes = 64;
inline constexpr std::uint64_t kFilterBitsPerTerm = 16;

/// A run's last bytes: what it indexes and where its parts are. All places are file offsets. The term table is behind the header.
struct RunFooter {
  Uuid store;
  RunKey key;
  std::uint64_t file_bytes = 0;
  std::uint64_t terms = 0;
  std::uint64_t postings = 0;
  std::uint64_t filter_begin = 0;
  std::uint64_t filter_blocks = 0;
  std::uint64_t lists_begin = 0;
  std::uint64_t lists_end = 0;
  std::uint64_t pages_begin = 0;     ///< The page table.
  std::uint32_t pages_checksum = 0;  ///< CRC-32C of the table checksums.

  [[nodiscard]] std::uint64_t positions() const { return key.end.value() - key.first.value(); }
  [[nodiscard]] std::uint64_t pages() const { return pages_begin / kRunPageBytes; }
  /// How many pages the page table has, each of which has a checksum of its own.
  [[nodiscard]] std::uint64_t table_pages() const;
  /// Where the table checksums begin; they end where the footer begins.
  [[nodiscard]] std::uint64_t table_checksums_begin() const {
    return pages_begin + table_pages() * kRunPageBytes;
  }

  friend bool operator==(const RunFooter&, const RunFooter&) = default;
};

/// Sets all places that follow from the footer's `terms`: those up to where the lists begin.
void place_parts(RunFooter& footer);
/// Sets the places behind the lists, which end at `lists_end`.
void place_end(RunFooter& footer, std::uint64_t lists_end);

std::array<std::byte, kRunHeaderBytes> encode_run_header(const Uuid& store, const RunKey& key);
std::array<std::byte, kRunFooterBytes> encode_run_footer(const RunFooter& footer);

/// Errors: `corrupt` when the checksum, a range or a reserved byte is wrong, `not_supported` for a later format; the message says what
/// is wrong but names no file. What it returns lies within a file of `file_bytes` bytes.
Result<RunFooter> parse_run_footer(std::span<const std::byte, kRunFooterBytes> bytes,
                                   std::uint64_t file_bytes);

/// Where a list's blocks begin that has so many postings and stands at `place`.
std::uint64_t list_blocks_begin(std::uint64_t place, std::uint64_t postings);
/// The number of blocks of so many postings.
constexpr std::uint64_t list_blocks(std::uint64_t postings) {
  return (postings + kBlockPostings - 1) / kBlockPostings;
}
/// Appends the bytes of a block of `postings` (ascending, at most `kBlockPostings`) to `bytes`.
void append_block(std::vector<std::byte>& bytes, std::span<const Posting> postings);

/// How many filter blocks a run of so many terms has.
std::uint64_t filter_blocks_for(std::uint64_t terms);
/// The filter block that a term's bits are in. Terms that ascend have blocks that do not descend.
std::uint64_t filter_block_of(const Term& term, std::uint64_t blocks);
/// Sets the bits of a term in its block, which has `kFilterBlockBytes` bytes.
void filter_insert(std::span<std::byte> block, const Term& term);
/// False: no term of the run is `term`. `block` has `kFilterBlockBytes` bytes.
bool filter_may_contain(std::span<const std::byte> block, const Term& term);

/// "0000000000000001.run", or "0000000000000001-0000000000000004.run" for several segments: 16 hexadecimal digits an id.
std::string run_file_name(SegmentId first, SegmentId last);
inline std::string run_file_name(SegmentId only) { return run_file_name(only, only); }

/// The ids in such a name, with or without the suffix of a file that has not been published; nothing when it is not one.
struct RunFileName {
  SegmentId first;
  SegmentId last;
  bool temporary = false;
};
std::optional<RunFileName> parse_run_file_name(std::string_view name);

}  // namespace esker::index
