#include "format/hex_number.hpp"

namespace esker::format {
namespace {

constexpr std::size_t kDigits = 16;

}  // namespace

std::string hex_number(std::uint64_t number) {
  constexpr std::string_view kAlphabet = "0123456789abcdef";
  std::string digits(kDigits, '0');
  for (std::size_t i = kDigits; i-- > 0; number >>= 4) digits[i] = kAlphabet[number & 15];
  return digits;
}

std::optional<std::uint64_t> parse_hex_number(std::string_view digits) {
  if (digits.size() != kDigits) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (c >= '0' && c <= '9') {
      number = number << 4 | static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      number = number << 4 | static_cast<std::uint64_t>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return number;
}

}  // namespace esker::format
