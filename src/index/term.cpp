#include "index/term.hpp"

#include <array>
#include <cstring>

#include "base/assert.hpp"
#include "base/byte_order.hpp"

// Inlined: most names are short, and the call into the library costs as much as hashing one.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace esker::index {
namespace {

constexpr std::size_t kValueBytesInPlace =
    512;  // The longest name an event can have (esker/options.hpp).

/// The mask that keeps the first `bits` of 64 bits.
constexpr std::uint64_t first_bits(unsigned bits) {
  if (bits == 0) return 0;
  return bits >= 64 ? ~0ULL : ~(~0ULL >> bits);
}

}  // namespace

TermHasher::TermHasher(const Uuid& store, unsigned bits)
    : seed_(base::load_le<std::uint64_t>(store.bytes(), 0)),
      high_mask_(first_bits(bits)),
      low_mask_(bits > 64 ? first_bits(bits - 64) : 0) {
  ESKER_ASSERT_VALUES(bits >= 1 && bits <= 128, bits);
}

Term TermHasher::stream(std::string_view name) const { return hash('s', name.data(), name.size()); }

Term TermHasher::category(std::string_view name) const {
  return hash('c', name.data(), name.size());
}

Term TermHasher::type(std::string_view name) const { return hash('t', name.data(), name.size()); }

Term TermHasher::tag(std::string_view tag) const { return hash('g', tag.data(), tag.size()); }

Term TermHasher::first() const { return hash('f', nullptr, 0); }

Term TermHasher::id(const Uuid& id) const {
  return hash('i', id.bytes().data(), id.bytes().size());
}

Term TermHasher::hash(char kind, const void* value, std::size_t bytes) const {
  XXH128_hash_t hash;
  if (bytes <= kValueBytesInPlace) [[likely]] {
    std::array<char, 1 + kValueBytesInPlace>
        input;  // Uninitialised on purpose: half a kilobyte for each term.
    input[0] = kind;
    if (bytes > 0) std::memcpy(input.data() + 1, value, bytes);
    hash = XXH3_128bits_withSeed(input.data(), 1 + bytes, seed_);
  } else {
    // Nothing stored is that long, but a question may be.
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset_withSeed(&state, seed_);
    XXH3_128bits_update(&state, &kind, 1);
    XXH3_128bits_update(&state, value, bytes);
    hash = XXH3_128bits_digest(&state);
  }
  return {hash.high64 & high_mask_, hash.low64 & low_mask_};
}

}  // namespace esker::index
