#include "esker/uuid.hpp"

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid.hpp>

#include "base/assert.hpp"

namespace esker {
namespace {

constexpr std::size_t kTextLength = 36;

constexpr bool is_hyphen_at(std::size_t index) {
  return index == 8 || index == 13 || index == 18 || index == 23;
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Uuid from_boost(const boost::uuids::uuid& uuid) {
  std::array<std::byte, Uuid::kBytes> bytes;
  std::transform(uuid.begin(), uuid.end(), bytes.begin(),
                 [](std::uint8_t byte) { return std::byte{byte}; });
  return Uuid(bytes);
}

boost::uuids::uuid to_boost(const Uuid& uuid) {
  boost::uuids::uuid result;
  std::transform(uuid.bytes().begin(), uuid.bytes().end(), result.begin(),
                 [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  return result;
}

}  // namespace

Uuid Uuid::random() {
  thread_local boost::uuids::random_generator_mt19937 generator;  // seeded by the system
  return from_boost(generator());
}

Uuid Uuid::from_name(const Uuid& space, std::string_view name) {
  boost::uuids::name_generator_sha1 generator(to_boost(space));
  return from_boost(generator(name.data(), name.size()));
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  std::array<std::byte, kBytes> bytes;
  std::size_t count = 0;
  for (std::size_t i = 0; i < kTextLength;) {
    if (is_hyphen_at(i)) {
      if (text[i++] != '-') return std::nullopt;
      continue;
    }
    const int high = digit_value(text[i]);
    const int low = digit_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[count++] = static_cast<std::byte>(high << 4 | low);
    i += 2;
  }
  ESKER_ASSERT(count == kBytes);
  return Uuid(bytes);
}

std::string Uuid::to_string() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(kTextLength);
  for (const std::byte byte : bytes_) {
    if (is_hyphen_at(text.size())) text += '-';
    text += kDigits[std::to_integer<std::size_t>(byte >> 4)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

}  // namespace esker
