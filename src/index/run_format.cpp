#include "index/run_format.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "format/checksum.hpp"
#include "format/segment_ids.hpp"

namespace esker::index {
namespace {

using base::load_le;
using base::store_le;

constexpr std::array<char, 8> kHeaderMagic = {'E', 'S', 'K', 'E', 'R', 'R', 'U', 'N'};
constexpr std::array<char, 8> kFooterMagic = {'E', 'S', 'K', 'E', 'R', 'R', 'F', 'T'};
constexpr std::string_view kRunSuffix = ".run";

// The footer's fields.
constexpr std::size_t kFormatAt = 8;
constexpr std::size_t kPageBytesAt = 12;
constexpr std::size_t kStoreAt = 16;
constexpr std::size_t kFirstSegmentAt = 32;
constexpr std::size_t kLastSegmentAt = 40;
// In the footer only; the header's 64 bytes end with 16 zeros.
constexpr std::size_t kFirstAt = 48;
constexpr std::size_t kEndAt = 56;
constexpr std::size_t kDigestAt = 64;
constexpr std::size_t kFileBytesAt = 72;
constexpr std::size_t kTermsAt = 80;
constexpr std::size_t kPostingsAt = 88;
constexpr std::size_t kFilterBeginAt = 96;
constexpr std::size_t kFilterBlocksAt = 104;
constexpr std::size_t kListsBeginAt = 112;
constexpr std::size_t kListsEndAt = 120;
constexpr std::size_t kPagesBeginAt = 128;
constexpr std::size_t kPagesChecksumAt = 136;
constexpr std::size_t kReservedAt = 140;
constexpr std::size_t kChecksumAt = 252;
static_assert(kChecksumAt + 4 == kRunFooterBytes);
static_assert(kFirstAt <= kRunHeaderBytes);

std::uint64_t align_to_page(std::uint64_t offset) {
  return base::align_up<std::uint64_t>(offset, kRunPageBytes);
}

void store_identity(std::span<std::byte> bytes, std::span<const char, 8> magic, const Uuid& store,
                    const RunKey& key) {
  std::memcpy(bytes.data(), magic.data(), magic.size());
  store_le<std::uint32_t>(bytes, kFormatAt, kRunFormat);
  store_le<std::uint32_t>(bytes, kPageBytesAt, kRunPageBytes);
  std::ranges::copy(store.bytes(), bytes.begin() + kStoreAt);
  store_le(bytes, kFirstSegmentAt, key.first_segment.value());
  store_le(bytes, kLastSegmentAt, key.last_segment.value());
}

Error corrupt(const char* what) { return {Errc::corrupt, what}; }

/// True when the parts follow each other as the format says and the file ends where they do.
bool places_agree(const RunFooter& footer, std::uint64_t file_bytes) {
  // No sum below can wrap: nothing is larger than the file, and no file is larger than 2^57 bytes.
  constexpr std::uint64_t kFileBytesMax = 1ULL << 57;
  if (footer.file_bytes != file_bytes || file_bytes > kFileBytesMax) return false;
  if (footer.terms > file_bytes || footer.lists_end > file_bytes) return false;
  if (footer.lists_end < footer.lists_begin) return false;
  RunFooter expected = footer;
  place_parts(expected);
  place_end(expected, footer.lists_end);
  return expected == footer;
}

bool key_agrees(const RunKey& key) {
  return key.first_segment != SegmentId() && key.first_segment <= key.last_segment &&
         key.first < key.end && key.end.value() - key.first.value() <= kRunPositionsMax;
}

}  // namespace

std::uint64_t RunFooter::table_pages() const {
  return align_to_page(pages() * kPageEntryBytes) / kRunPageBytes;
}

void place_parts(RunFooter& footer) {
  footer.filter_begin = align_to_page(kRunHeaderBytes + footer.terms * kTermEntryBytes);
  footer.filter_blocks = filter_blocks_for(footer.terms);
  footer.lists_begin =
      align_to_page(footer.filter_begin + footer.filter_blocks * kFilterBlockBytes);
}

void place_end(RunFooter& footer, std::uint64_t lists_end) {
  footer.lists_end = lists_end;
  footer.pages_begin = align_to_page(lists_end);
  footer.file_bytes =
      footer.table_checksums_begin() + footer.table_pages() * kPageEntryBytes + kRunFooterBytes;
}

std::array<std::byte, kRunHeaderBytes> encode_run_header(const Uuid& store, const RunKey& key) {
  std::array<std::byte, kRunHeaderBytes> bytes{};
  store_identity(bytes, kHeaderMagic, store, key);
  return bytes;
}

std::array<std::byte, kRunFooterBytes> encode_run_footer(const RunFooter& footer) {
  std::array<std::byte, kRunFooterBytes> bytes{};
  const std::span<std::byte> into(bytes);
  store_identity(into, kFooterMagic, footer.store, footer.key);
  store_le(into, kFirstAt, footer.key.first.value());
  store_le(into, kEndAt, footer.key.end.value());
  store_le(into, kDigestAt, footer.key.digest);
  store_le(into, kFileBytesAt, footer.file_bytes);
  store_le(into, kTermsAt, footer.terms);
  store_le(into, kPostingsAt, footer.postings);
  store_le(into, kFilterBeginAt, footer.filter_begin);
  store_le(into, kFilterBlocksAt, footer.filter_blocks);
  store_le(into, kListsBeginAt, footer.lists_begin);
  store_le(into, kListsEndAt, footer.lists_end);
  store_le(into, kPagesBeginAt, footer.pages_begin);
  store_le(into, kPagesChecksumAt, footer.pages_checksum);
  store_le(into, kChecksumAt, format::crc32c(into.first(kChecksumAt)));
  return bytes;
}

Result<RunFooter> parse_run_footer(std::span<const std::byte, kRunFooterBytes> bytes,
                                   std::uint64_t file_bytes) {
  const std::span<const std::byte> from(bytes);
  if (std::memcmp(from.data(), kFooterMagic.data(), kFooterMagic.size()) != 0) {
    return corrupt("there is no footer at the end");
  }
  if (load_le<std::uint32_t>(from, kChecksumAt) != format::crc32c(from.first(kChecksumAt))) {
    return corrupt("the footer's checksum does not match");
  }
  const auto version = load_le<std::uint32_t>(from, kFormatAt);
  if (version != kRunFormat) {
    return Error(Errc::not_supported, "run format " + std::to_string(version) + " is not known");
  }
  RunFooter footer;
  std::array<std::byte, Uuid::kBytes> store{};
  std::ranges::copy(from.subspan(kStoreAt, Uuid::kBytes), store.begin());
  footer.store = Uuid(store);
  footer.key = {SegmentId(load_le<std::uint64_t>(from, kFirstSegmentAt)),
                SegmentId(load_le<std::uint64_t>(from, kLastSegmentAt)),
                Position(load_le<std::uint64_t>(from, kFirstAt)),
                Position(load_le<std::uint64_t>(from, kEndAt)),
                load_le<std::uint64_t>(from, kDigestAt)};
  footer.file_bytes = load_le<std::uint64_t>(from, kFileBytesAt);
  footer.terms = load_le<std::uint64_t>(from, kTermsAt);
  footer.postings = load_le<std::uint64_t>(from, kPostingsAt);
  footer.filter_begin = load_le<std::uint64_t>(from, kFilterBeginAt);
  footer.filter_blocks = load_le<std::uint64_t>(from, kFilterBlocksAt);
  footer.lists_begin = load_le<std::uint64_t>(from, kListsBeginAt);
  footer.lists_end = load_le<std::uint64_t>(from, kListsEndAt);
  footer.pages_begin = load_le<std::uint64_t>(from, kPagesBeginAt);
  footer.pages_checksum = load_le<std::uint32_t>(from, kPagesChecksumAt);
  if (load_le<std::uint32_t>(from, kPageBytesAt) != kRunPageBytes ||
      !base::is_zero(from.subspan(kReservedAt, kChecksumAt - kReservedAt)) ||
      !key_agrees(footer.key)) {
    return corrupt("the footer holds a number that is not allowed");
  }
  if (!places_agree(footer, file_bytes))
    return corrupt("the footer does not fit the file's length");
  return footer;
}

std::uint64_t list_blocks_begin(std::uint64_t place, std::uint64_t postings) {
  const std::uint64_t skips_end =
      place + kListHeaderBytes + list_blocks(postings) * kSkipEntryBytes;
  return postings > kShortListPostings ? align_to_page(skips_end) : skips_end;
}

void append_block(std::vector<std::byte>& bytes, std::span<const Posting> postings) {
  for (std::size_t i = 1; i < postings.size(); ++i) {
    ESKER_DEBUG_ASSERT(postings[i - 1] < postings[i]);
    Posting delta = postings[i] - postings[i - 1];
    for (; delta >= 0x80; delta >>= 7) bytes.push_back(static_cast<std::byte>(delta | 0x80));
    bytes.push_back(static_cast<std::byte>(delta));
  }
}

std::uint64_t filter_blocks_for(std::uint64_t terms) {
  constexpr std::uint64_t kBlockBits = 8 * kFilterBlockBytes;
  return (terms * kFilterBitsPerTerm + kBlockBits - 1) / kBlockBits;
}

std::uint64_t filter_block_of(const Term& term, std::uint64_t blocks) {
  // Multiplying and taking the upper half is an even spread without a division.
  return ((term.high >> 32) * blocks) >> 32;
}

namespace {

constexpr int kFilterBits = 7;

/// Bit `i` of the seven that a term has in its block.
constexpr std::size_t filter_bit(const Term& term, int i) { return (term.low >> (9 * i)) & 511; }

}  // namespace

void filter_insert(std::span<std::byte> block, const Term& term) {
  for (int i = 0; i < kFilterBits; ++i) {
    const std::size_t bit = filter_bit(term, i);
    block[bit / 8] |= static_cast<std::byte>(1U << (bit % 8));
  }
}

bool filter_may_contain(std::span<const std::byte> block, const Term& term) {
  // All seven, without leaving early: for a term that is not there, where to leave cannot be foreseen.
  unsigned all = 1;
  for (int i = 0; i < kFilterBits; ++i) {
    const std::size_t bit = filter_bit(term, i);
    all &= static_cast<unsigned>(block[bit / 8]) >> (bit % 8);
  }
  return all != 0;
}

std::string run_file_name(SegmentId first, SegmentId last) {
  return format::ids_text({first, last}).append(kRunSuffix);
}

std::optional<RunFileName> parse_run_file_name(std::string_view name) {
  RunFileName parsed;
  if (const std::optional<std::string_view> to_be = format::name_to_be(name)) {
    parsed.temporary = true;
    name = *to_be;
  }
  if (!name.ends_with(kRunSuffix)) return {};
  name.remove_suffix(kRunSuffix.size());
  const std::optional<format::SegmentIds> ids = format::parse_ids(name);
  if (!ids) return {};
  parsed.first = ids->first;
  parsed.last = ids->last;
  return parsed;
}

}  // namespace esker::index
