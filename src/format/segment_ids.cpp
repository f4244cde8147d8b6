#include "format/segment_ids.hpp"

#include <cstdint>

namespace esker::format {
namespace {

constexpr std::string_view kFileSuffix = ".segment";
constexpr std::size_t kIdDigits = 16;
constexpr char kBetween = '-';

std::string digits_of(SegmentId id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits(kIdDigits, '0');
  std::uint64_t rest = id.value();
  for (std::size_t i = kIdDigits; i-- > 0; rest >>= 4) digits[i] = kDigits[rest & 15];
  return digits;
}

std::optional<SegmentId> parse_digits(std::string_view digits) {
  if (digits.size() != kIdDigits) return std::nullopt;
  std::uint64_t id = 0;
  for (const char c : digits) {
    if (c >= '0' && c <= '9') {
      id = id << 4 | static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      id = id << 4 | static_cast<std::uint64_t>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  if (id == 0) return std::nullopt;
  return SegmentId(id);
}

}  // namespace

std::string ids_text(const SegmentIds& ids) {
  std::string text = digits_of(ids.first);
  if (ids.several()) (text += kBetween) += digits_of(ids.last);
  return text;
}

std::optional<SegmentIds> parse_ids(std::string_view text) {
  const std::size_t between = text.find(kBetween);
  const std::optional<SegmentId> first = parse_digits(text.substr(0, between));
  if (!first) return std::nullopt;
  if (between == std::string_view::npos) return SegmentIds(*first);
  const std::optional<SegmentId> last = parse_digits(text.substr(between + 1));
  if (!last || *last <= *first) return std::nullopt;
  return SegmentIds(*first, *last);
}

std::string segment_file_name(const SegmentIds& ids) { return ids_text(ids).append(kFileSuffix); }

std::optional<SegmentIds> parse_segment_file_name(std::string_view name) {
  if (!name.ends_with(kFileSuffix)) return std::nullopt;
  return parse_ids(name.substr(0, name.size() - kFileSuffix.size()));
}

}  // namespace esker::format
