#include "common/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace esker::tools {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t value = 0; value < kAlphabet.size(); ++value) {
    digits[static_cast<std::uint8_t>(kAlphabet[value])] = static_cast<std::uint8_t>(value);
  }
  return digits;
}();

}  // namespace

void append_base64(std::string& out, std::span<const std::byte> bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t begin = 0; begin < bytes.size(); begin += 3) {
    const std::span<const std::byte> three =
        bytes.subspan(begin, std::min<std::size_t>(3, bytes.size() - begin));
    std::uint32_t bits = 0;
    for (std::size_t at = 0; at < 3; ++at) {
      bits = bits << 8 | (at < three.size() ? std::to_integer<std::uint32_t>(three[at]) : 0);
    }
    for (std::size_t digit = 0; digit < 4; ++digit) {
      out += digit <= three.size() ? kAlphabet[bits >> (18 - 6 * digit) & 63] : '=';
    }
  }
}

std::optional<std::string> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t begin = 0; begin < text.size(); begin += 4) {
    const bool last = begin + 4 == text.size();
    const std::size_t padding = !last                    ? 0
                                : text[begin + 2] == '=' ? 2
                                : text[begin + 3] == '=' ? 1
                                                         : 0;
    std::uint32_t bits = 0;
    for (std::size_t at = 0; at < 4; ++at) {
      const char symbol = text[begin + at];
      const std::uint8_t digit = at < 4 - padding ? kDigits[static_cast<std::uint8_t>(symbol)]
                                 : symbol == '='  ? std::uint8_t{0}
                                                  : kNoDigit;
      if (digit == kNoDigit) return std::nullopt;
      bits = bits << 6 | digit;
    }
    // Bits behind the last byte must be zero, so that each text stands for bytes that no other text stands for.
    if ((bits & ((1U << (8 * padding)) - 1)) != 0) return std::nullopt;
    for (std::size_t at = 0; at < 3 - padding; ++at) {
      bytes += static_cast<char>(bits >> (16 - 8 * at) & 0xff);
    }
  }
  return bytes;
}

}  // namespace esker::tools
