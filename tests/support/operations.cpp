#include "support/operations.hpp"

#include <algorithm>

namespace esker::tests {

void Operations::begin_step(std::uint64_t step) {
  constexpr std::uint64_t kIdsOfStep = 1'000;
  random_ = sim::Random(seed_ ^ (step << 20));
  next_id_ = 1 + step * kIdsOfStep;
}

std::string Operations::stream() {
  static const std::string kCategories[] = {"order", "customer", "plain"};
  const std::string& category = kCategories[random_.below(3)];
  if (category == "plain") return category;
  return category + "-" + std::to_string(random_.below(5));
}

Tags Operations::tags() {
  Tags tags;
  for (const char* const tag : {"by=ann", "by=bob", "sum=large", "urgent"}) {
    if (random_.chance(3)) tags.add(tag);
  }
  return tags;
}

OwnedAppend Operations::fresh(const ModelStore& model) {
  static const std::string kTypes[] = {"placed", "paid", "shipped"};
  OwnedAppend append;
  append.stream = stream();
  const std::uint64_t count = 1 + random_.below(sizes_.events_max);
  const std::string& type = kTypes[random_.below(3)];
  const bool large = random_.chance(1) && sizes_.large_bytes > 0;
  const std::uint64_t bytes = random_.below(sizes_.bytes_max);
  append.events = events(count, next_id_, type,
                         sizes_.fixed ? sizes_.bytes_max
                         : large      ? sizes_.large_bytes
                                      : bytes);
  next_id_ += append.events.size();
  if (random_.chance(2)) append.events.front().metadata = "{\"by\":1}";
  if (random_.chance(3)) {
    for (OwnedEvent& event : append.events) event.tags = tags();
  }
  const Version actual = model.version_of(append.stream);
  switch (random_.below(6)) {
    case 0:
      append.expected = Expected::no_stream();
      break;
    case 1:
      append.expected = Expected::stream_exists();
      break;
    case 2:
      append.expected = Expected::exactly(actual);
      break;
    case 3:
      append.expected = Expected::exactly(Version(random_.below(5)));
      break;
    default:
      append.expected = Expected::any();
  }
  return append;
}

std::vector<OwnedAppend> Operations::append(const ModelStore& model) {
  if (!earlier_.empty() && random_.chance(2)) {
    std::vector<OwnedAppend> again = earlier_[random_.below(earlier_.size())];
    if (random_.chance(3)) {  // not quite the same
      OwnedAppend& changed = again[random_.below(again.size())];
      switch (random_.below(4)) {
        case 0:
          changed.events.push_back(events(1, next_id_++)[0]);
          break;
        case 1:
          std::reverse(changed.events.begin(), changed.events.end());
          break;
        case 2:
          changed.expected = Expected::no_stream();
          break;
        default:
          if (changed.events.size() > 1) changed.events.pop_back();
      }
    }
    return again;
  }
  std::vector<OwnedAppend> appends;
  for (std::uint64_t count = random_.chance(2) ? 1 + random_.below(3) : 1; count > 0; --count) {
    OwnedAppend append = fresh(model);
    const bool named = std::any_of(appends.begin(), appends.end(), [&](const OwnedAppend& other) {
      return other.stream == append.stream;
    });
    if (!named) appends.push_back(std::move(append));
  }
  if (random_.chance(2)) appends.front().condition = condition(model);
  earlier_.push_back(appends);
  return appends;
}

QueryItem Operations::item() {
  QueryItem item;
  for (const char* const type : {"placed", "paid", "shipped"}) {
    if (random_.chance(2)) item.types.emplace_back(type);
  }
  const Tags drawn = tags();
  for (const std::string_view tag : drawn.view()) item.tags.emplace_back(tag);
  if (item.types.empty() && item.tags.empty()) item.types = {"paid"};
  return item;
}

std::vector<QueryItem> Operations::items(std::uint64_t most) {
  std::vector<QueryItem> items(random_.below(most + 1));
  for (QueryItem& one : items) one = item();
  return items;
}

Condition Operations::condition(const ModelStore& model) {
  Condition condition;
  condition.filter.items = items(2);
  if (condition.filter.items.empty()) condition.filter.selector = Selector::category("order");
  // Mostly from close to the end, as one who has just read.
  const std::uint64_t head = model.head().value();
  const std::uint64_t back = random_.below(random_.chance(6) ? 4 : head + 1);
  condition.after = Position(head - std::min(back, head));
  return condition;
}

Selector Operations::selector() {
  switch (random_.below(6)) {
    case 0:
      return Selector::stream(stream());
    case 1:
      return Selector::category(random_.chance(4) ? "order" : "plain");
    case 2:
      return Selector::prefix(random_.chance(4) ? "order-" : "c");
    case 3:
      return Selector::id(id_of(random_.below(next_id_ + 1)));
    default:
      return Selector::all();
  }
}

Query Operations::query(const ModelStore& model) {
  Query query;
  query.selector = selector();
  const bool by_version = query.selector.kind == Selector::Kind::stream;
  const std::uint64_t end =
      by_version ? model.version_of(query.selector.name).value() : model.head().value();
  query.direction = random_.chance(4) ? Direction::forwards : Direction::backwards;
  query.from = random_.chance(2) ? 0 : random_.below(end + 3);
  if (query.direction == Direction::backwards && random_.chance(4)) query.from = Query::kEnd;
  if (random_.chance(4)) query.limit = random_.below(20);
  query.items = items(2);
  if (random_.chance(1)) query.to = random_.below(end + 3);
  if (random_.chance(1)) query.as_of = Position(random_.below(model.head().value() + 2));
  if (random_.chance(1)) query.first_of_stream = true;
  if (query.direction == Direction::forwards && random_.chance(1)) query.from_last = "paid";
  return query;
}

}  // namespace esker::tests
