#include "base/query_bounds.hpp"

#include <string>
#include <string_view>

namespace esker::base {
namespace {

constexpr std::size_t kNameBytesMax = 512;  // of streams and event types

Result<void> check(std::string_view what, std::size_t is, std::size_t most) {
  if (is <= most) return ok();
  return Error(Errc::invalid_argument, "the query has " + std::to_string(is) + ' ' +
                                           std::string(what) + ", at most " + std::to_string(most) +
                                           " are allowed");
}

Result<void> check_texts(std::string_view what, const std::vector<std::string>& texts,
                         std::size_t bytes_max) {
  for (const std::string& text : texts) {
    ESKER_TRY(check(what, text.size(), bytes_max));
  }
  return ok();
}

}  // namespace

Result<void> check_bounds(const Selector& selector, std::span<const QueryItem> items) {
  ESKER_TRY(check("bytes in its name", selector.name.size(), kNameBytesMax));
  ESKER_TRY(check("items", items.size(), kQueryItemsMax));
  for (const QueryItem& item : items) {
    ESKER_TRY(check("types in an item", item.types.size(), kQueryTypesMax));
    ESKER_TRY(check("tags in an item", item.tags.size(), kQueryTagsMax));
    ESKER_TRY(check_texts("bytes in a type", item.types, kNameBytesMax));
    ESKER_TRY(check_texts("bytes in a tag", item.tags, kTagBytesMax));
  }
  return ok();
}

Result<void> check_bounds(const Query& query) {
  ESKER_TRY(check("bytes in a type", query.from_last.size(), kNameBytesMax));
  return check_bounds(query.selector, query.items);
}

}  // namespace esker::base
