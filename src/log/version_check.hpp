#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "esker/types.hpp"

namespace esker::log {

/// Checks that the versions of every stream go 1, 2, 3 … along the log (I5).
///
/// Memory: about 40 bytes a stream; names are kept as 128-bit hashes, since there may be millions of them.
class VersionCheck {
 public:
  /// Takes the next record of the log in. Returns the version that it should have had; nothing when it has it.
  std::optional<Version> take(std::string_view stream, Version version);

  /// Records are missing here: from now on each stream may go on with any later version, once.
  void gap() { ++gaps_; }

  [[nodiscard]] std::uint64_t streams() const { return streams_.size(); }

 private:
  struct Key {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const { return key.low; }
  };
  struct Stream {
    Version version;
    std::uint64_t gaps = 0;  // before its last record
  };

  boost::unordered_flat_map<Key, Stream, Hash> streams_;
  std::uint64_t gaps_ = 0;
};

}  // namespace esker::log
