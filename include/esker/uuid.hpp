#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace esker {

/// A UUID (RFC 4122), kept as its 16 bytes in network order.
class Uuid {
 public:
  static constexpr std::size_t kBytes = 16;

  /// The nil UUID, which names nothing.
  constexpr Uuid() = default;
  constexpr explicit Uuid(const std::array<std::byte, kBytes>& bytes) : bytes_(bytes) {}

  /// A random UUID (version 4). Any thread.
  static Uuid random();

  /// The UUID that `name` has within `space` (version 5, SHA-1): the same for the same input, everywhere.
  static Uuid from_name(const Uuid& space, std::string_view name);

  /// Reads the usual form, 8-4-4-4-12 hexadecimal digits in either case; nothing when `text` is not that.
  static std::optional<Uuid> parse(std::string_view text);

  /// The usual form in lower case, 36 characters.
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] constexpr const std::array<std::byte, kBytes>& bytes() const { return bytes_; }
  [[nodiscard]] constexpr bool is_nil() const { return *this == Uuid(); }

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::byte, kBytes> bytes_{};
};

}  // namespace esker
