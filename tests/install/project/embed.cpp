#include <chrono>
#include <iostream>

#include "esker/store.hpp"

using esker::NewEvent, esker::Query, esker::Selector, esker::Uuid;

// Appends two events to a stream, reads the stream, and waits for one more event.
esker::Result<void> run(const std::string& directory) {
  ESKER_TRY(auto store, esker::Store::open(directory));

  // Both events become durable together, or neither. Appending them again with the same ids would change nothing.
  const NewEvent events[] = {
      {Uuid::random(), "OrderPlaced", esker::as_bytes(R"({"total": 42})"), {}},
      {Uuid::random(), "OrderPaid", esker::as_bytes(R"({"by": "card"})"), {}},
  };
  ESKER_TRY(auto appended, store.append("order-1", esker::Expected::any(), events));
  std::cout << "appended up to position " << appended.position().value() << '\n';

  ESKER_TRY(auto cursor, store.read({.selector = Selector::stream("order-1")}));
  std::uint64_t count = 0;
  for (;;) {
    ESKER_TRY(auto event, cursor.next());
    if (!event) break;
    std::cout << event->version.value() << ' ' << event->type << ' ' << esker::as_text(event->data)
              << '\n';
    ++count;
  }
  std::cout << "order-1 has " << count << " events\n";

  // A subscription is a read that waits at the end: here for the next event of any order.
  const std::uint64_t next = store.info().head.next().value();
  ESKER_TRY(auto subscription,
            store.subscribe({.selector = Selector::category("order"), .from = next}));
  const NewEvent shipped[] = {{Uuid::random(), "OrderShipped", {}, {}}};
  ESKER_TRY(store.append("order-2", esker::Expected::any(), shipped));
  ESKER_TRY(auto event, subscription.next(std::chrono::seconds(10)));
  if (event) std::cout << "then came " << event->type << " in " << event->stream << '\n';

  return store.close();
}

int main(int count, char** arguments) {
  const auto done = run(count > 1 ? arguments[1] : "data");
  if (done) return 0;
  std::cerr << done.error().message() << '\n';
  return 1;
}
