#include "es_cli/commands.hpp"
#include "es_cli/event_printer.hpp"

namespace esker::tools {

namespace {

// How often it is looked whether anybody still reads the output while no event comes.
constexpr std::chrono::seconds kLookInterval(1);

/// The number of the first event that is not there yet.
Result<std::uint64_t> end_of(Client& client, const Selector& selector) {
  if (selector.kind != Selector::Kind::stream) {
    ESKER_TRY(const StoreInfo info, client.info());
    return info.head.next().value();
  }
  EventReader reader = client.read(
      {.selector = selector, .direction = Direction::backwards, .from = Query::kEnd, .limit = 1});
  ESKER_TRY(const std::optional<EventView> last, reader.next());
  return last ? last->version.next().value() : 1;
}

}  // namespace

Result<void> run_subscribe(Session& session, const SubscribeOptions& options) {
  Query query = options.query;
  if (options.from_end) {
    ESKER_TRY(query.from, end_of(session.client, query.selector));
  }
  EventSubscription subscription = session.client.subscribe(query);
  EventPrinter printer(session.output, session.json);
  for (std::uint64_t count = 0; count < query.limit && !session.output.closed();) {
    Result<std::optional<EventView>> event = subscription.poll();
    if (event && !event.assume_value()) {
      // All that has come is shown before waiting for more.
      ESKER_TRY(session.output.flush());
      if (session.output.reader_has_gone()) break;
      event = subscription.next(kLookInterval);
    }
    if (!event && event.assume_error().code() == Errc::closed)
      break;  // nobody else closes it: it has ended
    ESKER_TRY(const std::optional<EventView> shown, std::move(event));
    if (!shown) continue;
    printer.print(*shown);
    ++count;
    ESKER_TRY(session.output.write_when_full());
  }
  return ok();
}

}  // namespace esker::tools
