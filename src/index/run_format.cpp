#include "index/run_format.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "format/checksum.hpp"
#include "format/segment.hpp"

namespace esker::index {
namespace {

using base::load_le;
using base::store_le;

constexpr std::array<char, 8> kHeaderMagic = {'E', 'S', 'K', 'E', 'R', 'R', 'U', 'N'};
constexpr std::array<char, 8> kFooterMagic = {'E', 'S', 'K', 'E', 'R', 'R', 'F', 'T'};
constexpr std::string_view kRunSuffix = ".run";
constexpr std::size_t kNameDigits = 16;

// The footer's fields.
constexpr std::size_t kFormatAt = 8;
constexpr std::size_t kPageBytesAt = 12;
constexpr std::size_t kStoreAt = 16;
constexpr std::size_t kSegmentAt = 32;
constexpr std::size_t kSaltAt = 40;
// In the footer only; the header's 64 bytes end with 16 zeros.
constexpr std::size_t kFirstAt = 48;
constexpr std::size_t kEndAt = 56;
constexpr std::size_t kFileBytesAt = 64;
constexpr std::size_t kTermsAt = 72;
constexpr std::size_t kPostingsAt = 80;
constexpr std::size_t kTermsBeginAt = 88;
constexpr std::size_t kFilterBeginAt = 96;
constexpr std::size_t kFilterBlocksAt = 104;
constexpr std::size_t kPagesBeginAt = 112;
constexpr std::size_t kPagesChecksumAt = 120;
constexpr std::size_t kReservedAt = 124;
constexpr std::size_t kChecksumAt = 252;
static_assert(kChecksumAt + 4 == kRunFooterBytes);
static_assert(kFirstAt <= kRunHeaderBytes);

void store_identity(std::span<std::byte> bytes, std::span<const char, 8> magic, const Uuid& store,
                    const SegmentKey& segment) {
  std::memcpy(bytes.data(), magic.data(), magic.size());
  store_le<std::uint32_t>(bytes, kFormatAt, kRunFormat);
  store_le<std::uint32_t>(bytes, kPageBytesAt, kRunPageBytes);
  std::ranges::copy(store.bytes(), bytes.begin() + kStoreAt);
  store_le(bytes, kSegmentAt, segment.id.value());
  store_le(bytes, kSaltAt, segment.salt.value());
}

Error corrupt(const char* what) { return {Errc::corrupt, what}; }

/// True when the parts follow each other as the format says and the file ends where they do.
bool places_agree(const RunFooter& footer, std::uint64_t file_bytes) {
  // No sum below can wrap: nothing is larger than the file, and no file is larger than 2^62 bytes.
  constexpr std::uint64_t kFileBytesMax = 1ULL << 62;
  if (footer.file_bytes != file_bytes || file_bytes > kFileBytesMax) return false;
  if (footer.terms > file_bytes || footer.filter_blocks > file_bytes) return false;
  if (footer.terms_begin < kRunHeaderBytes || footer.terms_begin > file_bytes) return false;
  const std::uint64_t terms_end = footer.terms_begin + footer.terms * kTermEntryBytes;
  if (footer.filter_begin != base::align_up<std::uint64_t>(terms_end, kFilterBlockBytes))
    return false;
  if (footer.filter_blocks != filter_blocks_for(footer.terms)) return false;
  const std::uint64_t filter_end = footer.filter_begin + footer.filter_blocks * kFilterBlockBytes;
  if (footer.pages_begin != base::align_up<std::uint64_t>(filter_end, kRunPageBytes)) return false;
  return footer.pages_begin + footer.pages() * kPageEntryBytes + kRunFooterBytes == file_bytes;
}

}  // namespace

std::array<std::byte, kRunHeaderBytes> encode_run_header(const Uuid& store,
                                                         const SegmentKey& segment) {
  std::array<std::byte, kRunHeaderBytes> bytes{};
  store_identity(bytes, kHeaderMagic, store, segment);
  return bytes;
}

std::array<std::byte, kRunFooterBytes> encode_run_footer(const RunFooter& footer) {
  std::array<std::byte, kRunFooterBytes> bytes{};
  const std::span<std::byte> into(bytes);
  store_identity(into, kFooterMagic, footer.store, footer.segment);
  store_le(into, kFirstAt, footer.segment.first.value());
  store_le(into, kEndAt, footer.segment.end.value());
  store_le(into, kFileBytesAt, footer.file_bytes);
  store_le(into, kTermsAt, footer.terms);
  store_le(into, kPostingsAt, footer.postings);
  store_le(into, kTermsBeginAt, footer.terms_begin);
  store_le(into, kFilterBeginAt, footer.filter_begin);
  store_le(into, kFilterBlocksAt, footer.filter_blocks);
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
  footer.segment = {SegmentId(load_le<std::uint64_t>(from, kSegmentAt)),
                    format::Salt(load_le<std::uint64_t>(from, kSaltAt)),
                    Position(load_le<std::uint64_t>(from, kFirstAt)),
                    Position(load_le<std::uint64_t>(from, kEndAt))};
  footer.file_bytes = load_le<std::uint64_t>(from, kFileBytesAt);
  footer.terms = load_le<std::uint64_t>(from, kTermsAt);
  footer.postings = load_le<std::uint64_t>(from, kPostingsAt);
  footer.terms_begin = load_le<std::uint64_t>(from, kTermsBeginAt);
  footer.filter_begin = load_le<std::uint64_t>(from, kFilterBeginAt);
  footer.filter_blocks = load_le<std::uint64_t>(from, kFilterBlocksAt);
  footer.pages_begin = load_le<std::uint64_t>(from, kPagesBeginAt);
  footer.pages_checksum = load_le<std::uint32_t>(from, kPagesChecksumAt);
  if (load_le<std::uint32_t>(from, kPageBytesAt) != kRunPageBytes ||
      !base::is_zero(from.subspan(kReservedAt, kChecksumAt - kReservedAt)) ||
      footer.segment.end <= footer.segment.first) {
    return corrupt("the footer holds a number that is not allowed");
  }
  if (!places_agree(footer, file_bytes))
    return corrupt("the footer does not fit the file's length");
  return footer;
}

void append_posting_list(std::vector<std::byte>& bytes, std::span<const Posting> postings) {
  ESKER_ASSERT(postings.size() >= 2);
  const std::size_t blocks = (postings.size() + kBlockPostings - 1) / kBlockPostings;
  const std::size_t begin = bytes.size();
  const std::size_t blocks_begin = begin + kListHeaderBytes + blocks * kSkipEntryBytes;
  bytes.resize(blocks_begin);
  store_le(std::span(bytes), begin, static_cast<std::uint32_t>(postings.size()));
  for (std::size_t block = 0; block < blocks; ++block) {
    const auto part = postings.subspan(
        block * kBlockPostings, std::min(kBlockPostings, postings.size() - block * kBlockPostings));
    for (std::size_t i = 1; i < part.size(); ++i) {
      ESKER_DEBUG_ASSERT(part[i - 1] < part[i]);
      Posting delta = part[i] - part[i - 1];
      for (; delta >= 0x80; delta >>= 7) bytes.push_back(static_cast<std::byte>(delta | 0x80));
      bytes.push_back(static_cast<std::byte>(delta));
    }
    const std::size_t skip = begin + kListHeaderBytes + block * kSkipEntryBytes;
    store_le(std::span(bytes), skip, part.front());
    // 32 bits: fewer than 2^28 postings of at most 5 bytes each.
    store_le(std::span(bytes), skip + 4, static_cast<std::uint32_t>(bytes.size() - blocks_begin));
  }
}

std::uint64_t filter_blocks_for(std::uint64_t terms) {
  constexpr std::uint64_t kBlockBits = 8 * kFilterBlockBytes;
  return (terms * kFilterBitsPerTerm + kBlockBits - 1) / kBlockBits;
}

std::uint64_t filter_block_of(const Term& term, std::uint64_t blocks) {
  // Multiplying and taking the upper half is an even spread without a division.
  return ((term.low >> 32) * blocks) >> 32;
}

namespace {

constexpr int kFilterBits = 7;

/// Bit `i` of the seven that a term has in its block.
constexpr std::size_t filter_bit(const Term& term, int i) { return (term.high >> (9 * i)) & 511; }

}  // namespace

void filter_insert(std::span<std::byte> filter, const Term& term) {
  const std::uint64_t block = filter_block_of(term, filter.size() / kFilterBlockBytes);
  const auto bytes = filter.subspan(block * kFilterBlockBytes, kFilterBlockBytes);
  for (int i = 0; i < kFilterBits; ++i) {
    const std::size_t bit = filter_bit(term, i);
    bytes[bit / 8] |= static_cast<std::byte>(1U << (bit % 8));
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

std::string run_file_name(SegmentId id) {
  std::string name(kNameDigits, '0');
  std::uint64_t rest = id.value();
  for (std::size_t i = kNameDigits; i-- > 0; rest >>= 4) name[i] = "0123456789abcdef"[rest & 15];
  return name.append(kRunSuffix);
}

std::optional<RunFileName> parse_run_file_name(std::string_view name) {
  RunFileName parsed;
  if (name.ends_with(format::kTemporarySuffix)) {
    parsed.temporary = true;
    name.remove_suffix(format::kTemporarySuffix.size());
  }
  if (name.size() != kNameDigits + kRunSuffix.size() || !name.ends_with(kRunSuffix)) return {};
  std::uint64_t id = 0;
  for (const char digit : name.substr(0, kNameDigits)) {
    const bool decimal = digit >= '0' && digit <= '9';
    if (!decimal && (digit < 'a' || digit > 'f')) return {};
    id = id << 4 | static_cast<std::uint64_t>(decimal ? digit - '0' : digit - 'a' + 10);
  }
  if (id == 0) return {};
  parsed.id = SegmentId(id);
  return parsed;
}

}  // namespace esker::index
