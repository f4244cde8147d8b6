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
#include "index/segment_key.hpp"

namespace esker::index {

// A run file, as format-spec.md, "Run", has it: header | lists | term table | filter | zeros to a whole page | page table | footer.

inline constexpr std::uint32_t kRunFormat = 1;
inline constexpr std::size_t kRunHeaderBytes = 64;
inline constexpr std::size_t kRunFooterBytes = 256;
/// What one checksum of the page table covers.
inline constexpr std::size_t kRunPageBytes = 4096;
inline constexpr std::size_t kPageEntryBytes = 4;

/// Term table: term (high, low), then a place: a file offset of its list, or with `kInlinePosting` its only posting.
inline constexpr std::size_t kTermEntryBytes = 24;
inline constexpr std::uint64_t kInlinePosting = 1ULL << 63;

/// List: count, one skip entry (first posting, end of the block's bytes) for each block, then the blocks' bytes.
inline constexpr std::size_t kListHeaderBytes = 4;
inline constexpr std::size_t kSkipEntryBytes = 8;
inline constexpr std::size_t kBlockPostings = 128;

/// Filter: blocks of 512 bits, 16 bits a term, 7 of them set in one block.
inline constexpr std::size_t kFilterBlockBytes = 64;
inline constexpr std::uint64_t kFilterBitsPerTerm = 16;

/// A run's last bytes: what it indexes and where its parts are. All places are file offsets.
struct RunFooter {
  Uuid store;
  SegmentKey segment;
  std::uint64_t file_bytes = 0;
  std::uint64_t terms = 0;
  std::uint64_t postings = 0;
  std::uint64_t terms_begin = 0;   ///< The lists end here.
  std::uint64_t filter_begin = 0;  ///< The term table ends here, or up to 63 bytes before.
  std::uint64_t filter_blocks = 0;
  std::uint64_t pages_begin =
      0;  ///< The page table; a multiple of `kRunPageBytes`. It ends where the footer begins.
  std::uint32_t pages_checksum = 0;  ///< CRC-32C of the page table.

  [[nodiscard]] std::uint64_t pages() const { return pages_begin / kRunPageBytes; }

  friend bool operator==(const RunFooter&, const RunFooter&) = default;
};

std::array<std::byte, kRunHeaderBytes> encode_run_header(const Uuid& store,
                                                         const SegmentKey& segment);
std::array<std::byte, kRunFooterBytes> encode_run_footer(const RunFooter& footer);

/// Errors: `corrupt` when the checksum, a range or a reserved byte is wrong, `not_supported` for a later format; the message says what
/// is wrong but names no file. What it returns lies within a file of `file_bytes` bytes.
Result<RunFooter> parse_run_footer(std::span<const std::byte, kRunFooterBytes> bytes,
                                   std::uint64_t file_bytes);

/// Appends the list of `postings` (at least two, ascending) to `bytes`.
void append_posting_list(std::vector<std::byte>& bytes, std::span<const Posting> postings);

/// How many filter blocks a run of so many terms has.
std::uint64_t filter_blocks_for(std::uint64_t terms);
/// The filter block that a term's bits are in.
std::uint64_t filter_block_of(const Term& term, std::uint64_t blocks);
void filter_insert(std::span<std::byte> filter, const Term& term);
/// False: no term of the run is `term`. `block` has `kFilterBlockBytes` bytes.
bool filter_may_contain(std::span<const std::byte> block, const Term& term);

/// "0000000000000001.run": 16 hexadecimal digits.
std::string run_file_name(SegmentId id);

/// The id in such a name, with or without the suffix of a file that has not been published; nothing when it is not one.
struct RunFileName {
  SegmentId id;
  bool temporary = false;
};
std::optional<RunFileName> parse_run_file_name(std::string_view name);

}  // namespace esker::index
