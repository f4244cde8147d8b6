#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "esker/uuid.hpp"

namespace esker::index {

/// What events are found by: a 128-bit XXH3 hash of a kind and a value, seeded per store (format-spec.md, "Term").
///
/// Two values may have the same term: who reads by a term checks the record, which decides.
struct Term {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const Term&, const Term&) = default;
};

/// Makes a store's terms. Immutable; any thread. Never allocates.
class TermHasher {
 public:
  /// `store` gives the seed. `bits` (1..128) keeps only the first so many bits of the hash, so that a test can have collisions.
  explicit TermHasher(const Uuid& store, unsigned bits = 128);

  [[nodiscard]] Term stream(std::string_view name) const;
  [[nodiscard]] Term category(std::string_view name) const;
  [[nodiscard]] Term type(std::string_view name) const;
  [[nodiscard]] Term tag(std::string_view tag) const;
  /// Of each stream's first event.
  [[nodiscard]] Term first() const;
  [[nodiscard]] Term id(const Uuid& id) const;

 private:
  [[nodiscard]] Term hash(char kind, const void* value, std::size_t bytes) const;

  std::uint64_t seed_;
  std::uint64_t high_mask_;
  std::uint64_t low_mask_;
};

}  // namespace esker::index
