#include "store/engine.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "io/guarded_read.hpp"
#include "proof/asked.hpp"
#include "store/append.hpp"
#include "store/retention.hpp"
#include "store/stream_place.hpp"
#include "store/terms.hpp"
#include "store/validate.hpp"

namespace esker::store {
namespace {

/// How far the clock may differ from the last recorded time before opening a store mentions it (R13).
constexpr std::uint64_t kClockBehindMax = 60'000'000'000;  // a minute, in nanoseconds
constexpr std::uint64_t kClockAheadMax =
    366ULL * 86'400'000'000'000;  // a year: a store may well have been put away for months

/// How often work on the index that failed (no space for a run) is tried again when nothing else happens.
constexpr std::chrono::nanoseconds kIndexRetry = std::chrono::seconds(1);

std::optional<std::string> clock_warning(Timestamp now, Timestamp last) {
  if (last == Timestamp()) return std::nullopt;
  if (now.plus(kClockBehindMax) < last) {
    return "the clock is " + std::to_string((last.value() - now.value()) / 1'000'000'000) +
           " s behind the last recorded event: new events get that event's time until the clock "
           "has caught up";
  }
  if (last.plus(kClockAheadMax) < now) {
    return "the clock is " + std::to_string((now.value() - last.value()) / 86'400'000'000'000) +
           " days ahead of the last recorded event: check it, recorded times never go back";
  }
  return std::nullopt;
}

std::vector<format::SegmentKey> keys_of(const log::Segment& segment) {
  return format::keys_of(segment.header(), segment.first(), segment.end());
}

}  // namespace

Engine::Engine(io::Directory& directory, io::Clock& clock, const EngineOptions& options)
    : directory_(directory), clock_(clock), options_(options) {}

Result<std::unique_ptr<Engine>> Engine::open(io::Directory& directory, io::Clock& clock,
                                             const EngineOptions& options) {
  std::unique_ptr<Engine> engine(new Engine(directory, clock, options));
  ESKER_TRY(engine->start());
  return engine;
}

Result<void> Engine::start() {
  const std::chrono::nanoseconds begin = clock_.monotonic();
  ESKER_TRY(options_.store, check_options(options_.store));
  ESKER_TRY(LockFile lock, LockFile::take(directory_, options_.owner));
  lock_ = std::make_unique<LockFile>(std::move(lock));
  ESKER_TRY(open_log());
  ESKER_TRY(open_index());
  ESKER_TRY(open_trees());
  fill_report();
  connect();
  ESKER_TRY(find_retention());
  report_.duration = clock_.monotonic() - begin;
  if (options_.threads) runner_->start();
  return ok();
}

Result<void> Engine::open_log() {
  log::LogOptions options;
  options.segment_bytes = options_.store.segment_bytes;
  options.segment_bytes_first = options_.store.segment_bytes_first;
  options.durability = options_.store.durability;
  options.watermark_interval = options_.store.watermark_interval;
  options.decoded_bytes_max = options_.store.decoded_bytes_max;
  options.create = options_.store.create;
  options.random = options_.random;
  ESKER_TRY(log_, log::Log::open(directory_, clock_, options));
  hasher_ = std::make_unique<index::TermHasher>(log_->store_id(), options_.term_bits);
  return ok();
}

Result<void> Engine::open_index() {
  std::vector<index::SegmentKey> sealed;
  const auto segments = log_->segments();
  for (const std::shared_ptr<log::Segment>& segment : segments->all()) {
    if (!segment->sealed()) continue;
    for (const format::SegmentKey& key : keys_of(*segment)) sealed.push_back(key);
  }
  index::Index::SegmentReader read_segment =
      [this](const index::SegmentKey& key,
             UniqueFunction<void(Position, const index::EventTerms&)>& on_event) -> Result<void> {
    RecordReader records(*log_);
    RecordTerms terms(*hasher_);
    for (PositionRange rest{key.first, key.end}; !rest.empty();) {
      ESKER_TRY(const format::RecordView record, records.read_on(rest, Direction::forwards));
      terms.each(record, on_event);
      rest.begin = record.end();
    }
    return ok();
  };
  ESKER_TRY(index_, index::Index::open(directory_, clock_, log_->store_id(), sealed,
                                       std::move(read_segment), options_.index));
  return index_unsealed();
}

Result<void> Engine::open_trees() {
  ESKER_TRY(const bool kept, proof::Trees::kept(directory_));
  if (!kept && !options_.store.proofs) return ok();
  ESKER_TRY(trees_, proof::Trees::open(directory_, *log_));
  return ok();
}

/// Which kinds of retention the streams make use of.
Result<void> Engine::find_retention() {
  const IndexReader index(*index_, repair_index_);
  const auto uses = [&](std::string_view type) -> Result<bool> {
    std::vector<Position> found;
    ESKER_TRY(index.find(hasher_->type(type), Direction::forwards, Position(1),
                         log_->visible().next(), 1, found));
    return !found.empty();
  };
  retention_.snapshots_kept = options_.store.snapshots_kept;
  ESKER_TRY(const bool metadata, uses(kMetadataType));
  ESKER_TRY(const bool tombstones, uses(kTombstoneType));
  retention_.metadata = metadata;
  retention_.tombstones = tombstones;
  return ok();
}

Result<void> Engine::index_unsealed() {
  const log::LogEnd end = log_->end_at_open();
  RecordTerms terms(*hasher_);
  const auto add = [this](Position position, const index::EventTerms& event) {
    index_->add(position, event);
  };
  bool active_begun = false;
  const auto segments = log_->segments();
  for (const std::shared_ptr<log::Segment>& segment : segments->all()) {
    if (segment->sealed() || segment->first() == segment->end()) continue;
    index_->begin_segment(segment->header().id, segment->first());
    active_begun = active_begun || segment == end.segment;
    for (Position at = segment->first(); at < segment->end();) {
      ESKER_TRY(const format::RecordView record, segment->read(at));
      terms.each(record, add);
      at = record.end();
    }
  }
  if (!active_begun && !end.segment->sealed()) {
    index_->begin_segment(end.segment->header().id, end.position.next());
  }
  return ok();
}

void Engine::connect() {
  log_background_ = std::make_unique<Background>([this] { return log_->background_step(); },
                                                 [this] { return log_->background_due(); }, clock_);
  index_background_ = std::make_unique<Background>([this] { return index_->background_step(); },
                                                   [this] { return index_due(); }, clock_);
  compactor_ = std::make_unique<Compactor>(directory_, *log_, clock_, trees_.get(),
                                           [this] { return read_context(); });
  compressor_ = std::make_unique<Compressor>(
      directory_, *log_, clock_,
      CompressionPolicy{options_.store.compress_after, options_.store.compress_bytes_per_second,
                        options_.compression});
  compaction_background_ =
      std::make_unique<Background>([this] { return step_compaction(); },
                                   [this] { return compaction_due(); }, clock_, Urgency::none);
  if (trees_ != nullptr) {
    proof_background_ = std::make_unique<Background>(
        [this] { return trees_->step(); }, [this] { return trees_->due(); }, clock_, Urgency::none);
  }
  repair_index_ = [this] {
    if (options_.threads) {
      index_background_->wait_for_pass();
    } else {
      // A merged run is rebuilt in as many steps as it has segments.
      while (index_background_->step()) {
      }
    }
  };
  waiters_ = std::make_unique<Waiters>(
      [this] { return log_->visible(); },
      [this](UniqueFunction<void()> task) { runner_->post(std::move(task)); }, clock_);
  sequencer_ = std::make_unique<Sequencer>(
      *log_, *index_, IndexReader(*index_, repair_index_), *hasher_, retention_, clock_,
      SequencerOptions{options_.store.group_bytes_max, options_.store.queue_bytes_max,
                       options_.store.stream_heads_bytes_max, options_.condition_looks},
      [this] { on_visible(); });
  std::vector<Background*> backgrounds{log_background_.get(), index_background_.get(),
                                       compaction_background_.get()};
  if (proof_background_ != nullptr) backgrounds.push_back(proof_background_.get());
  runner_ = std::make_unique<Runner>(*sequencer_, std::move(backgrounds), clock_);
  log_->set_callbacks(
      [this] { log_background_->wake(); },
      [this] {
        sequencer_->on_prepared();
        runner_->notify();
      },
      [this](const std::shared_ptr<log::Segment>& segment) { on_sealed(*segment); });
}

void Engine::on_visible() {
  waiters_->on_visible();
  if (trees_ != nullptr && trees_->lags()) proof_background_->wake();
}

void Engine::on_sealed(const log::Segment& segment) {
  for (const format::SegmentKey& key : keys_of(segment)) index_->segment_sealed(key);
  index_background_->wake();
}

/// Compaction comes first: whoever has asked for it waits, and what it leaves is compressed again.
bool Engine::step_compaction() {
  if (!compactor_->due()) return compressor_->step();
  compressor_->give_up();
  return compactor_->step();
}

std::optional<std::chrono::nanoseconds> Engine::compaction_due() const {
  const std::optional<std::chrono::nanoseconds> due = compactor_->due();
  return due ? due : compressor_->due();
}

// A run that could not be written, for want of space, is tried again now and then.
std::optional<std::chrono::nanoseconds> Engine::index_due() const {
  if (!index_->work_waiting()) return index_->merge_due();
  const std::chrono::nanoseconds retry = clock_.monotonic() + kIndexRetry;
  return std::min(retry, index_->merge_due().value_or(retry));
}

void Engine::fill_report() {
  const log::RecoveryReport& recovered = log_->report();
  report_.created = recovered.created;
  report_.clean = recovered.clean;
  report_.segments = recovered.segments;
  report_.events = recovered.events;
  report_.events_scanned = recovered.events_scanned;
  report_.torn_bytes = recovered.torn_bytes;
  report_.runs_rebuilt = index_->stats().runs_rebuilt;
  report_.file_system = options_.file_system;
  report_.warnings.insert(report_.warnings.end(), recovered.warnings.begin(),
                          recovered.warnings.end());
  if (auto warning = clock_warning(clock_.now(), log_->end_at_open().time)) {
    report_.warnings.push_back(std::move(*warning));
  }
}

Engine::~Engine() {
  if (runner_ == nullptr) return;  // never opened
  try {
    if (Result<void> closed = close(); !closed) {
      // Whoever wants to know calls close.
    }
  } catch (const std::bad_alloc&) {
    // Then the next open recovers as after a crash.
  }
  if (options_.threads) {
    runner_->stop();
  } else {
    run_until_idle();
  }
}

ReadContext Engine::read_context() const {
  return {*log_, IndexReader(*index_, repair_index_), *hasher_, clock_, retention_, closed_, 0};
}

void Engine::append_async(const NewCommit& commit, AppendHandler handler) {
  async_append(*sequencer_, options_.store.limits, commit, std::move(handler));
  if (options_.threads) runner_->notify();
}

Result<std::unique_ptr<QueryWalk>> Engine::read(const Query& query) const {
  return QueryWalk::open(read_context(), query);
}

Result<std::unique_ptr<SubscriptionWalk>> Engine::subscribe(const Query& query) {
  if (query.direction != Direction::forwards) {
    return Error(Errc::invalid_argument, "a subscription goes forwards only");
  }
  if (query.from_snapshot) {
    return Error(
        Errc::invalid_argument,
        "a subscription does not begin with a snapshot: read it, then subscribe behind it");
  }
  ESKER_TRY(std::unique_ptr<QueryWalk> walk, QueryWalk::open(read_context(), query));
  ESKER_TRY(walk->follow());
  return std::make_unique<SubscriptionWalk>(std::move(walk), *waiters_);
}

Result<Version> Engine::current_version(std::string_view stream) const {
  if (closed_.load(std::memory_order_relaxed)) {
    return Error(Errc::closed, "the store has been closed");
  }
  ESKER_TRY(check_name(stream, kStreamNameBytesMax, "stream name"));
  const ReadContext context = read_context();
  ESKER_TRY(const StreamHead head,
            StreamPlace(context, stream).last_before(log_->visible().next()));
  return head.version;
}

Result<StreamStatus> Engine::stream_status(std::string_view stream) const {
  if (closed_.load(std::memory_order_relaxed)) {
    return Error(Errc::closed, "the store has been closed");
  }
  ESKER_TRY(check_name(stream, kStreamNameBytesMax, "stream name"));
  const ReadContext context = read_context();
  const Position end = log_->visible().next();
  ESKER_TRY(const StreamHead head, StreamPlace(context, stream).last_before(end));
  StreamStatus status{head.version, false, head.tombstone};
  if (head.version == Version() || head.tombstone) return status;
  ESKER_TRY(const Released released, Retention(context).of(stream, end));
  status.deleted = released.before > head.position;
  return status;
}

StoreInfo Engine::info() const {
  StoreInfo info;
  info.store_id = log_->store_id();
  info.incarnation = log_->incarnation();
  info.head = log_->visible();
  const auto segments = log_->segments();
  for (const std::shared_ptr<log::Segment>& segment : segments->all()) {
    const Position end = segment->end();
    ++info.segments;
    info.sealed_segments += segment->sealed() ? 1 : 0;
    if (segment->image() != nullptr) {
      ++info.compressed_segments;
      info.compressed_bytes_before += segment->header().file_bytes;
      info.compressed_bytes += segment->stored_bytes();
    }
    if (segment->first() < end) {
      info.log_bytes += segment->offset_of(end).value() - format::kSegmentHeaderBytes;
    }
  }
  info.decoded_bytes = log_->decoded()->bytes();
  if (trees_ != nullptr) {
    info.tree_end = trees_->end();
    info.tree_durable_end = trees_->durable_end();
  }
  if (info.head != Position()) {
    RecordReader records(*log_);
    if (const Result<format::RecordView> last = records.read(info.head)) {
      info.head_time = last.assume_value().time;
    }
  }
  const index::IndexStats index = index_->stats();
  info.runs = index.runs;
  info.index_bytes = index.run_bytes;
  info.memtable_bytes = index.memtable_bytes;
  info.filter_bytes = index.filter_bytes;
  info.run_terms = index.run_terms;
  info.runs_of_level = index.runs_of_level;
  info.merges_waiting = index.merges_waiting;
  info.merge_bytes_per_second = index.merge_bytes_per_second;
  info.merged_bytes = index.merged_bytes;
  const SequencerStats stats = sequencer_->stats();
  info.commits = stats.commits;
  info.groups = stats.groups;
  info.appended_events = stats.events;
  info.heads_found = stats.heads_found;
  info.heads_missed = stats.heads_missed;
  info.durability = options_.store.durability;
  info.limits = options_.store.limits;
  std::optional<Error> failure = sequencer_->failure();
  if (!failure) failure = log_->failure();
  if (failure) info.failed = failure->message();
  return info;
}

/// The root's position, when there can be one.
Result<Position> Engine::provable(std::optional<Position> root) const {
  if (closed_.load(std::memory_order_relaxed)) {
    return Error(Errc::closed, "the store has been closed");
  }
  if (trees_ == nullptr) {
    return Error(Errc::not_supported,
                 "the store keeps no tree for proofs: open it with the option `proofs` (es-server "
                 "--proofs) to have one made");
  }
  return proof::root_asked_for(root, log_->visible());
}

Result<Root> Engine::root(std::optional<Position> position) const {
  ESKER_TRY(const Position at, provable(position));
  return trees_->root(at);
}

Result<InclusionProof> Engine::prove_inclusion(Position position,
                                               std::optional<Position> root) const {
  ESKER_TRY(const Position at, provable(root));
  ESKER_TRY(proof::check_event_asked_for(position, at));
  return trees_->prove_inclusion(position, at);
}

Result<ConsistencyProof> Engine::prove_consistency(Position from,
                                                   std::optional<Position> to) const {
  ESKER_TRY(const Position at, provable(to));
  ESKER_TRY(proof::check_older_root(from, at));
  return trees_->prove_consistency(from, at);
}

Result<void> Engine::start_compaction(const CompactionOptions& options) {
  if (closed_.load(std::memory_order_relaxed)) {
    return Error(Errc::closed, "the store has been closed");
  }
  ESKER_TRY(compactor_->start(options));
  compaction_background_->wake();
  return ok();
}

Result<void> Engine::close() {
  Result<void> result = ok();
  std::call_once(close_once_, [this, &result] {
    sequencer_->refuse_new();
    if (options_.threads) {
      sequencer_->wait_until_drained();
      runner_->stop_background();
    } else {
      run_until_idle();
    }
    compactor_->stop();
    compressor_->give_up();
    if (trees_ != nullptr) trees_->save();
    result = sequencer_->close_log();
    // What came meanwhile has been refused, and nobody was woken, since closing looked like writing.
    if (options_.threads) runner_->notify();
    closed_.store(true, std::memory_order_relaxed);
    waiters_->close();
    lock_
        .reset();  // the directory is free for the next owner; the workers go on to answer `closed`
    if (!options_.threads) run_until_idle();
  });
  return result;
}

void Engine::run_until_idle() { runner_->run_until_idle(); }

}  // namespace esker::store
