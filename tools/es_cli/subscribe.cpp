#include "es_cli/commands.hpp"
#include "es_cli/event_printer.hpp"

namespace esker::tools {

namespace {

// How often it is looked whether anybody still reads the output while no event comes.
constexpr std::chrono::seconds kLookInterval(1);

// So many positions without anything to print are worth a checkpoint.
constexpr std::uint64_t kPassedMin = 1'000;

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

/// Saves how far what has been shown goes, now and then: whoever begins there again sees the last of it twice at most.
class Checkpointing {
 public:
  Checkpointing(Client& client, const SubscribeOptions& options)
      : client_(client), name_(options.save_checkpoint ? options.query.from_checkpoint : "") {}

  void printed() { anything_new_ = true; }

  Result<void> save(Position looked_at) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < kLookInterval) return ok();
    last_ = now;
    return save_last(looked_at);
  }

  Result<void> save_last(Position looked_at) {
    // A checkpoint is an event, too: without anything new, saving that it was passed would never end.
    const bool worth_it = anything_new_ || looked_at >= saved_.plus(kPassedMin);
    if (name_.empty() || !worth_it) return ok();
    ESKER_TRY(client_.save_checkpoint(name_, looked_at));
    saved_ = looked_at;
    anything_new_ = false;
    return ok();
  }

 private:
  Client& client_;
  const std::string name_;
  Position saved_;
  bool anything_new_ = false;  // was printed since
  std::chrono::steady_clock::time_point last_;
};

}  // namespace

Result<void> run_subscribe(Session& session, const SubscribeOptions& options) {
  Query query = options.query;
  if (options.from_end) {
    ESKER_TRY(query.from, end_of(session.client, query.selector));
  }
  EventSubscription subscription = session.client.subscribe(query);
  EventPrinter printer(session.output, session.json);
  Checkpointing checkpointing(session.client, options);
  for (std::uint64_t count = 0; count < query.limit && !session.output.closed();) {
    Result<std::optional<EventView>> event = subscription.poll();
    if (event && !event.assume_value()) {
      // All that has come is shown before waiting for more.
      ESKER_TRY(session.output.flush());
      if (session.output.reader_has_gone()) break;
      ESKER_TRY(checkpointing.save(subscription.looked_at()));
      event = subscription.next(kLookInterval);
    }
    if (!event && event.assume_error().code() == Errc::closed)
      break;  // nobody else closes it: it has ended
    ESKER_TRY(const std::optional<EventView> shown, std::move(event));
    if (!shown) continue;
    printer.print(*shown);
    checkpointing.printed();
    ++count;
    ESKER_TRY(session.output.write_when_full());
  }
  ESKER_TRY(session.output.flush());
  if (session.output.closed() || session.signals.stopped()) return ok();
  return checkpointing.save_last(subscription.looked_at());
}

}  // namespace esker::tools
