#include "log/version_check.hpp"

#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace esker::log {

std::optional<Version> VersionCheck::take(std::string_view stream, Version version) {
  const XXH128_hash_t hash = XXH3_128bits(stream.data(), stream.size());
  Stream& known = streams_[Key{hash.low64, hash.high64}];
  const Version expected = known.version.next();
  const bool after_gap = known.gaps < gaps_;
  const bool right = version == expected || (after_gap && version > expected);
  known.version = std::max(known.version, version);
  known.gaps = gaps_;
  if (right) return std::nullopt;
  return expected;
}

}  // namespace esker::log
