#include "server/grpc/content_type.hpp"

#include <algorithm>

#include "esker/event.hpp"

namespace esker::server::kurrent {
namespace {

constexpr std::string_view kTagMark = "$content-type=";

bool is_tag_text(std::string_view text) {
  return !text.empty() && text.size() <= kTagBytesMax - kTagMark.size() &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

std::string_view content_type_by_looks(std::span<const std::byte> data) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::string_view text = as_text(data);
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return kBytes;
  const char begin = text[first];
  const char end = text[text.find_last_not_of(kSpace)];
  return (begin == '{' && end == '}') || (begin == '[' && end == ']') ? kJson : kBytes;
}

std::optional<std::string> content_type_tag(std::string_view content_type,
                                            std::span<const std::byte> data) {
  const std::string_view told = is_tag_text(content_type) ? content_type : kBytes;
  if (told == content_type_by_looks(data)) return std::nullopt;
  return std::string(kTagMark).append(told);
}

std::string_view content_type_of(std::span<const std::byte> data, TagsView tags) {
  for (const std::string_view tag : tags) {
    if (tag.starts_with(kTagMark)) return tag.substr(kTagMark.size());
  }
  return content_type_by_looks(data);
}

}  // namespace esker::server::kurrent
