#include "format/segment_ids.hpp"

#include <cstdint>

#include "format/hex_number.hpp"

namespace esker::format {
namespace {

constexpr std::string_view kFileSuffix = ".segment";
constexpr char kBetween = '-';

std::optional<SegmentId> parse_digits(std::string_view digits) {
  const std::optional<std::uint64_t> id = parse_hex_number(digits);
  if (!id || *id == 0) return std::nullopt;
  return SegmentId(*id);
}

}  // namespace

std::string ids_text(const SegmentIds& ids) {
  std::string text = hex_number(ids.first.value());
  if (ids.several()) (text += kBetween) += hex_number(ids.last.value());
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

std::optional<std::string_view> name_to_be(std::string_view name) {
  if (!name.ends_with(kTemporarySuffix)) return std::nullopt;
  return name.substr(0, name.size() - kTemporarySuffix.size());
}

}  // namespace esker::format
