#include "es_cli/selection.hpp"

#include <algorithm>

#include "common/number_text.hpp"
#include "common/utc_time.hpp"

namespace esker::tools {
namespace {

Error wrong(std::string what) { return {Errc::invalid_argument, std::move(what)}; }

Error wrong_value(std::string_view option, const std::string& value, std::string_view what) {
  return wrong(std::string(option) + ": '" + value + "' is not " + std::string(what));
}

Result<std::optional<std::uint64_t>> number_of(std::string_view option, const std::string& text) {
  if (text.empty()) return std::optional<std::uint64_t>();
  const std::optional<std::uint64_t> number = parse_number(text);
  if (!number) return wrong_value(option, text, "a number");
  return number;
}

Result<Timestamp> time_of(std::string_view option, const std::string& text) {
  if (text.empty()) return Timestamp();
  const std::optional<Timestamp> time = parse_utc_time(text);
  if (!time) {
    return wrong_value(option, text, "a time in UTC such as 2026-01-31 or 2026-01-31T12:30:00Z");
  }
  return *time;
}

Result<Selector> selector_of(const Selection& selection, bool all_by_default) {
  const int given = static_cast<int>(!selection.stream.empty()) + static_cast<int>(selection.all) +
                    static_cast<int>(!selection.category.empty()) +
                    static_cast<int>(!selection.prefix.empty()) +
                    static_cast<int>(!selection.id.empty());
  const bool narrowed = !selection.types.empty() || !selection.tags.empty() ||
                        !selection.items.empty() || selection.streams;
  if (given > 1 || (given == 0 && !all_by_default && !narrowed)) {
    return wrong(
        "give one of STREAM, --all, --category, --prefix and --id, or what --type, --tag or --item "
        "select of all");
  }
  if (!selection.stream.empty()) return Selector::stream(selection.stream);
  if (!selection.category.empty()) return Selector::category(selection.category);
  if (!selection.prefix.empty()) return Selector::prefix(selection.prefix);
  if (selection.id.empty()) return Selector::all();
  const std::optional<Uuid> id = Uuid::parse(selection.id);
  if (!id) return wrong_value("--id", selection.id, "a UUID");
  return Selector::id(*id);
}

Result<std::vector<QueryItem>> items_of(const Selection& selection) {
  std::vector<QueryItem> items;
  if (!selection.types.empty() || !selection.tags.empty()) {
    items.push_back({selection.types, selection.tags});
  }
  for (const std::string& text : selection.items) {
    ESKER_TRY(QueryItem item, parse_item(text));
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

Result<QueryItem> parse_item(std::string_view text) {
  QueryItem item;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) break;
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    if (word.starts_with('#')) {
      item.tags.emplace_back(word.substr(1));
    } else {
      item.types.emplace_back(word);
    }
  }
  if (item.types.empty() && item.tags.empty()) return wrong("an item has neither types nor #tags");
  return item;
}

Result<Query> query_of(const Selection& selection, bool all_by_default) {
  Query query;
  ESKER_TRY(query.selector, selector_of(selection, all_by_default));
  ESKER_TRY(query.items, items_of(selection));
  query.direction = selection.backwards ? Direction::backwards : Direction::forwards;
  query.limit = selection.limit;
  ESKER_TRY(const std::optional<std::uint64_t> from, number_of("--from", selection.from));
  query.from = from.value_or(selection.backwards ? Query::kEnd : 0);
  ESKER_TRY(query.to, number_of("--to", selection.to));
  ESKER_TRY(query.since, time_of("--since", selection.since));
  ESKER_TRY(query.until, time_of("--until", selection.until));
  query.as_of = Position(selection.as_of);
  query.from_last = selection.from_last;
  query.from_checkpoint = selection.from_checkpoint;
  query.from_snapshot = selection.from_snapshot;
  query.system = selection.system;
  query.first_of_stream = selection.streams;
  query.explain = selection.explain;
  return query;
}

Result<Expected> parse_expected(const std::string& text) {
  if (text == "any") return Expected::any();
  if (text == "no-stream") return Expected::no_stream();
  if (text == "exists") return Expected::stream_exists();
  const std::optional<std::uint64_t> version = parse_number(text);
  if (!version) return wrong_value("--expect", text, "any, no-stream, exists or a version");
  return Expected::exactly(Version(*version));
}

}  // namespace esker::tools
