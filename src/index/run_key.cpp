#include "index/run_key.hpp"

#include <vector>

#include "base/assert.hpp"
#include "base/byte_order.hpp"

// Inlined, as in term.cpp, so that nobody who links this needs the library.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace esker::index {

RunKey run_key_of(std::span<const SegmentKey> segments) {
  ESKER_ASSERT(!segments.empty());
  constexpr std::size_t kKeyBytes = 32;
  std::vector<std::byte> bytes(segments.size() * kKeyBytes);
  std::size_t at = 0;
  for (const SegmentKey& key : segments) {
    const std::uint64_t expected = segments.front().id.value() + at / kKeyBytes;
    ESKER_ASSERT_VALUES(key.id.value() == expected, key.id.value(), expected);
    base::store_le(std::span(bytes), at, key.id.value());
    base::store_le(std::span(bytes), at + 8, key.salt.value());
    base::store_le(std::span(bytes), at + 16, key.first.value());
    base::store_le(std::span(bytes), at + 24, key.end.value());
    at += kKeyBytes;
  }
  return {segments.front().id, segments.back().id, segments.front().first, segments.back().end,
          XXH3_64bits(bytes.data(), bytes.size())};
}

}  // namespace esker::index
