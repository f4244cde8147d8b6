#include "crash/driver.hpp"

#include <set>
#include <string>
#include <utility>

#include "base/byte_order.hpp"
#include "esker/cursor.hpp"

namespace esker::crash {
namespace {

using tests::ModelEvent;
using tests::OwnedAppend;
using tests::OwnedCommit;

constexpr int kDepthMax = 3;
constexpr std::uint64_t kSegmentBytes = 64 << 10;  // the least there is: it fills soon
constexpr std::chrono::minutes kCompressorLooks(1);

Uuid draw_uuid(sim::Random& random) {
  std::array<std::byte, Uuid::kBytes> bytes{};
  base::store_le(bytes, 0, random.next());
  base::store_le(bytes, 8, random.next());
  return Uuid(bytes);
}

}  // namespace

Outside Outside::fork() const {
  Outside copy{history, {}, now, term_bits, proofs, merges, compresses, roots};
  copy.history.forget_counts();
  for (const Subscriber& subscriber : subscribers) copy.subscribers.push_back(subscriber.fork());
  return copy;
}

DriverCounts& DriverCounts::operator+=(const DriverCounts& other) {
  io_calls += other.io_calls;
  switches += other.switches;
  torn_tails += other.torn_tails;
  live_events += other.live_events;
  for (const auto& [site, calls] : other.sites) sites[site] += calls;
  return *this;
}

Driver::Driver(std::unique_ptr<sim::SimDisk> disk, Outside outside, const Workload& workload,
               std::uint64_t seed, Verdict& verdict)
    : workload_(workload),
      verdict_(verdict),
      random_(seed),
      ids_(~seed),
      disk_(std::move(disk)),
      directory_(disk_->open_directory()),
      clock_(outside.now),
      outside_(std::move(outside)) {
  disk_->before_call([this](const sim::CallInfo& info) { on_call(info); });
}

Driver::~Driver() {
  disk_->before_call({});
  drop();
}

Result<void> Driver::open() {
  store::EngineOptions options;
  options.threads = false;
  options.store.segment_bytes_first = kSegmentBytes;
  // Once small ones and once larger ones, so that there is always something to be merged.
  options.store.segment_bytes =
      outside_.merges && random_.chance(4) ? 4 * kSegmentBytes : kSegmentBytes;
  if (outside_.compresses) options.store.compress_after = std::chrono::seconds(0);
  options.store.compress_bytes_per_second = 0;
  options.compression.level = 1;  // the others clear megabytes of tables for each segment
  options.random = [this] { return draw_uuid(ids_); };
  options.term_bits = outside_.term_bits;
  options.store.proofs = outside_.proofs;
  // Every second run is merged, at once, and in several pieces, each of which is synced.
  options.index = {.merge_fan_out = 2,
                   .merge_bytes_per_second = 0,
                   .merge_piece_bytes = 1 << 10,
                   .merge_sync_bytes = 1 << 10};
  ESKER_TRY(engine_, store::Engine::open(*directory_, clock_, options));
  if (engine_->open_report().torn_bytes > 0) ++counts_.torn_tails;
  return ok();
}

void Driver::drop() {
  for (Subscriber& subscriber : outside_.subscribers) subscriber.unsubscribe();
  engine_.reset();
  outside_.now = clock_.now();
}

Result<void> Driver::close() {
  for (Subscriber& subscriber : outside_.subscribers) subscriber.unsubscribe();
  Result<void> closed = engine_->close();
  engine_.reset();
  outside_.now = clock_.now();
  return closed;
}

Outside Driver::fork() const {
  Outside copy = outside_.fork();
  copy.now = clock_.now();
  return copy;
}

DriverCounts Driver::counts() const {
  DriverCounts counts = counts_;
  for (const Subscriber& subscriber : outside_.subscribers) {
    counts.live_events += subscriber.caught_up_and_live();
  }
  return counts;
}

// --- the scheduler ---

void Driver::on_call(const sim::CallInfo& info) {
  if (disk_->stopped()) return;
  ++counts_.io_calls;
  ++counts_.sites[info.site.name];
  if (scheduling_ && depth_ < kDepthMax && random_.chance(workload_.switch_of_8)) {
    ++depth_;
    ++counts_.switches;
    go_on();
    --depth_;
  }
  if (observer_) observer_(info);
}

void Driver::go_on() {
  const bool was_scheduling = std::exchange(scheduling_, true);
  switch (random_.below(10)) {
    case 0:
    case 1:
    case 2:
      step(Role::builder);
      break;
    case 3:
    case 4:
    case 5:
      step(Role::writer);
      break;
    case 6:
      step(outside_.keeps_house() && random_.chance(4) ? Role::compaction : Role::log);
      break;
    case 7:
      step(random_.chance(4) ? Role::index : Role::proof);
      break;
    case 8:
      step(Role::reader);
      break;
    default:
      clock_.advance(std::chrono::milliseconds(random_.below(400)));
  }
  scheduling_ = was_scheduling;
}

void Driver::settle() {
  const bool was_scheduling = std::exchange(scheduling_, true);
  bool worked = true;
  while (worked) {
    worked = false;
    for (const Role role : {Role::builder, Role::writer, Role::log, Role::index, Role::proof}) {
      worked = step(role) || worked;
    }
    // What a background has just finished may be what the builder waits for.
    worked = worked || engine_->sequencer().can_build() || engine_->sequencer().can_write();
  }
  scheduling_ = was_scheduling;
}

void Driver::keep_house() {
  clock_.advance(kCompressorLooks);
  // Refused while one is under way.
  const Result<void> started = engine_->start_compaction({.bytes_per_second = 0});
  if (!started && started.assume_error().code() != Errc::busy) read_failed(started.assume_error());
}

void Driver::settle_house() {
  const bool was_scheduling = std::exchange(scheduling_, true);
  // What compacts has its turn first, and when that has ended what compresses.
  while (step(Role::compaction) || step(Role::compaction)) {
  }
  scheduling_ = was_scheduling;
}

bool Driver::step(Role role) {
  bool& active = active_[static_cast<std::size_t>(role)];
  if (std::exchange(active, true)) return false;
  const bool worked = work(role);
  active = false;
  return worked;
}

template <class Work>
bool Driver::work_with_tree(Work work) {
  bool& active = active_[static_cast<std::size_t>(Role::proof)];
  if (std::exchange(active, true)) return false;
  const bool worked = work();
  active = false;
  return worked;
}

bool Driver::work(Role role) {
  bool worked = false;
  switch (role) {
    case Role::builder:
      worked = engine_->sequencer().step();
      break;
    case Role::writer:
      worked = engine_->sequencer().write_step();
      break;
    case Role::log:
      return engine_->log_background().step();
    case Role::index:
      return engine_->index_background().step();
    case Role::proof:
      return engine_->proof_background() != nullptr && engine_->proof_background()->step();
    case Role::compaction:
      return work_with_tree([this] { return engine_->compaction_background().step(); });
    case Role::reader:
      return read();
  }
  engine_->sequencer().deliver();
  return worked;
}

// --- what clients do ---

void Driver::submit(std::vector<OwnedAppend> appends) {
  auto commit = std::make_unique<OwnedCommit>(appends);
  const NewCommit view = commit->view();
  const History::Ticket ticket = outside_.history.begin(std::move(appends));
  engine_->append_async(view,
                        [this, ticket, commit = std::move(commit)](Result<AppendResult> answer) {
                          if (disk_->stopped()) {
                            outside_.history.answer_late(ticket, std::move(answer));
                          } else {
                            outside_.history.answer(ticket, std::move(answer), verdict_);
                          }
                        });
}

bool Driver::keep_root() {
  return work_with_tree([this] {
    const Result<Root> root = engine_->root({});
    if (!root || disk_->stopped()) return true;  // its file may have been refused
    outside_.roots.emplace(root.assume_value().position, root.assume_value().hash);
    return true;
  });
}

void Driver::check_roots() {
  for (const auto& [position, hash] : outside_.roots) {
    const Result<Root> root = engine_->root(position);
    if (!root) return read_failed(root.assume_error());
    if (root.assume_value().hash != hash) {
      verdict_.violated("I17", "the root at position " + std::to_string(position.value()) +
                                   " is another one than before");
    }
  }
}

bool Driver::read() {
  if (outside_.proofs && random_.chance(2)) return keep_root();
  const std::uint64_t choice = random_.below(outside_.subscribers.size() + 1);
  if (choice == outside_.subscribers.size()) {
    const std::uint64_t head = outside_.history.model().head().value();
    read_log_from(Position(1 + random_.below(head + 1)), 1 + random_.below(8));
    return true;
  }
  Verdict of_subscription;
  outside_.subscribers[choice].poll(1 + random_.below(8), outside_.history, of_subscription);
  if (!of_subscription.clean() && !disk_->stopped()) verdict_.violated(of_subscription.violation());
  return true;
}

void Driver::read_log_from(Position from, std::uint64_t count) {
  Result<std::unique_ptr<store::QueryWalk>> walk = engine_->read({.from = from.value()});
  if (!walk) return read_failed(walk.assume_error());
  Cursor cursor(std::move(walk).assume_value());
  Position expected = from;
  for (std::uint64_t i = 0; i < count; ++i, expected = expected.next()) {
    const Result<std::optional<EventView>> event = cursor.next();
    if (!event) return read_failed(event.assume_error());
    if (!event.assume_value()) return;
    if (event.assume_value()->position != expected) {
      verdict_.violated("I6", "a read delivered position " +
                                  std::to_string(event.assume_value()->position.value()) +
                                  " instead of " + std::to_string(expected.value()));
    }
    outside_.history.saw(*event.assume_value(), verdict_);
  }
}

void Driver::read_failed(const Error& error) {
  if (disk_->stopped()) return;
  // All that is read is mapped: what fails on the disk meanwhile is no excuse.
  verdict_.violated("I16", "a read failed: " + error.message());
}

// --- checks ---

void Driver::check_recovered() {
  std::vector<ModelEvent> events;
  Result<std::unique_ptr<store::QueryWalk>> walk = engine_->read({});
  if (!walk) return read_failed(walk.assume_error());
  Cursor cursor(std::move(walk).assume_value());
  Timestamp time;
  while (true) {
    const Result<std::optional<EventView>> event = cursor.next();
    if (!event) return verdict_.violated("I11", "a read failed: " + event.assume_error().message());
    if (!event.assume_value()) break;
    if (event.assume_value()->time < time) {
      verdict_.violated("I13", "time goes back at position " +
                                   std::to_string(event.assume_value()->position.value()));
    }
    time = event.assume_value()->time;
    events.push_back(ModelEvent::of(*event.assume_value()));
    outside_.history.saw(*event.assume_value(), verdict_);
  }
  outside_.history.recovered(events, verdict_);
  if (!verdict_.clean()) return;
  for (Subscriber& subscriber : outside_.subscribers) {
    subscriber.check(outside_.history.model(), verdict_);
    subscriber.subscribe(*engine_, verdict_);
  }
  check_reads();
}

void Driver::check_reads() {
  std::set<std::string> streams;
  for (const ModelEvent& event : outside_.history.model().events()) streams.insert(event.stream);
  for (const std::string& stream : streams) {
    check_same_as_model({.selector = Selector::stream(stream)});
    const Result<Version> version = engine_->current_version(stream);
    if (!version || version.assume_value() != outside_.history.model().version_of(stream)) {
      verdict_.violated("I12", "the current version of stream " + stream + " is wrong");
    }
  }
  for (const char* const category : {"order", "customer", "plain"}) {
    check_same_as_model({.selector = Selector::category(category)});
  }
  for (const char* const type : {"placed", "paid", "shipped"}) {
    check_same_as_model(
        {.direction = Direction::backwards, .from = Query::kEnd, .items = {{.types = {type}}}});
  }
  check_same_as_model({.items = {{.tags = {"by=ann", "urgent"}}, {{"paid"}, {"sum=large"}}}});
  check_same_as_model({.first_of_stream = true});
  check_roots();
  for (Subscriber& subscriber : outside_.subscribers) {
    while (subscriber.poll(64, outside_.history, verdict_)) {
    }
    subscriber.check_complete(outside_.history.model(), verdict_);
  }
}

void Driver::check_same_as_model(const Query& query) {
  Result<std::unique_ptr<store::QueryWalk>> walk = engine_->read(query);
  if (!walk) return read_failed(walk.assume_error());
  Cursor cursor(std::move(walk).assume_value());
  const Result<std::vector<const ModelEvent*>> expected = outside_.history.model().find(query);
  for (const ModelEvent* const there : expected.assume_value()) {
    const Result<std::optional<EventView>> event = cursor.next();
    if (!event) return read_failed(event.assume_error());
    if (!event.assume_value() || event.assume_value()->position != there->position) {
      return verdict_.violated("I12", "a read of \"" + query.selector.name +
                                          "\" does not deliver position " +
                                          std::to_string(there->position.value()) + " in its turn");
    }
    outside_.history.saw(*event.assume_value(), verdict_);
  }
  const Result<std::optional<EventView>> end = cursor.next();
  if (!end || end.assume_value()) {
    verdict_.violated("I12",
                      "a read of \"" + query.selector.name + "\" delivers more than there is");
  }
}

}  // namespace esker::crash
