#include "index/index.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "index/load.hpp"
#include "index/make_run.hpp"
#include "index/run_files.hpp"

namespace esker::index {
namespace {

/// How many segments' terms, beside the active one's, may wait in memory for space on the disk. Sealing stops when there is no space
/// for another segment, so more than one or two never come together but when runs have been deleted.
constexpr std::size_t kUnflushedMax = 4;

/// Asks the disk at once for what a look-up in all these sources would wait for one by one: what tells whether the term is in a run, and
/// then where.
void will_find(std::span<const Source> sources, const Term& term) {
  for (const Source& source : sources) {
    if (source.run != nullptr) source.run->will_ask(term);
  }
  for (const Source& source : sources) {
    if (source.run == nullptr) continue;
    // A run that is damaged is left to the look-up.
    const Result<std::uint64_t> there = source.run->may_contain(std::span(&term, 1));
    if (there && there.assume_value() != 0) source.run->will_find(term);
  }
}

}  // namespace

Index::Index(io::Directory& directory, io::Clock& clock, const Uuid& store,
             SegmentReader read_segment, const IndexOptions& options)
    : directory_(directory),
      clock_(clock),
      store_(store),
      read_segment_(std::move(read_segment)),
      merger_(directory, clock, store, options),
      options_(options),
      sources_(std::make_shared<const Sources>()) {}

Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::open(io::Directory& directory, io::Clock& clock,
                                           const Uuid& store, const std::vector<SegmentKey>& sealed,
                                           SegmentReader read_segment,
                                           const IndexOptions& options) {
  ESKER_TRY(const auto runs, open_runs(directory, store, sealed));
  std::unique_ptr<Index> index(
      new Index(directory, clock, store, std::move(read_segment), options));
  auto sources = std::make_shared<Sources>();
  std::size_t unflushed = 0;
  auto run = runs.begin();
  for (auto key = sealed.begin(); key != sealed.end();) {
    ESKER_ASSERT(sources->empty() || sources->back().end() <= key->first);
    if (run != runs.end() && (*run)->footer().key.first_segment == key->id) {
      const auto end = key + static_cast<std::ptrdiff_t>((*run)->footer().key.segments());
      sources->push_back({key->id, key->first, nullptr, *run++, keep_segments({key, end})});
      key = end;
      continue;
    }
    ESKER_TRY(Source source, index->rebuild_source(*key++, unflushed));
    if (source.memtable != nullptr) ++unflushed;
    sources->push_back(std::move(source));
  }
  {
    const base::MutexLock lock(index->mutex_);
    index->sources_ = std::move(sources);
  }
  return index;
}

Result<Source> Index::rebuild_source(const SegmentKey& key, std::size_t unflushed) {
  Source source{key.id, key.first, nullptr, nullptr, keep_segments({&key, 1})};
  ESKER_TRY(LoadedSegment loaded, load_segment(key, read_segment_));
  source.memtable = std::move(loaded.memtable);
  runs_rebuilt_.fetch_add(1, std::memory_order_relaxed);
  auto made = make_run(directory_, store_, key, *source.memtable);
  if (made) {
    source.run = std::move(made).value();
    source.memtable = nullptr;
  } else if (made.error().code() != Errc::no_space || unflushed >= kUnflushedMax) {
    return std::move(made).error();
  } else {
    background_ended(std::move(made).error());
  }
  return source;
}

void Index::begin_segment(SegmentId id, Position first) {
  // Segments of a length hold about as many events as each other.
  const std::uint64_t expected =
      memtable_ == nullptr ? 0 : memtable_->end().value() - memtable_->first().value();
  auto memtable = std::make_shared<Memtable>(id, first, expected);
  change_sources([&](Sources& sources) {
    const auto after = std::ranges::upper_bound(sources, id, {}, &Source::segment);
    if (after != sources.begin()) {
      const Source& before = *std::prev(after);
      const SegmentId last = before.last_segment();
      ESKER_ASSERT_VALUES(last < id, last.value(), id.value());
      ESKER_ASSERT_VALUES(before.end() <= first, before.end().value(), first.value());
    }
    sources.insert(after, {id, first, memtable, nullptr, nullptr});
  });
  memtable_ = std::move(memtable);
}

void Index::add(Position first, std::span<const EventTerms> events) {
  ESKER_ASSERT(memtable_ != nullptr);
  memtable_->add(first, events);
}

void Index::segment_sealed(const SegmentKey& key) {
  change_sources([&](Sources& sources) {
    const auto source = std::ranges::find(sources, key.id, &Source::segment);
    ESKER_ASSERT_VALUES(source != sources.end(), key.id.value());
    if (source->sealed) return;
    // A run must never be made of less than its segment holds, nor of what did not become part of it.
    ESKER_ASSERT_VALUES(source->first == key.first, source->first.value(), key.first.value());
    const Position end = source->memtable->end();
    ESKER_ASSERT_VALUES(end == key.end, end.value(), key.end.value());
    source->sealed = keep_segments({&key, 1});
  });
}

bool Index::background_step() {
  const Step did = step();
  merge_due_ = merger_.due(*sources());
  if (did == Step::done && options_.merge_bytes_per_second == 0) {
    return merge_due_ && *merge_due_ <= clock_.monotonic();
  }
  return did == Step::more;
}

Index::Step Index::step() {
  split_damaged();
  const auto current = sources();
  // A damaged run comes first: it makes reads fail. What it becomes is a memtable, which needs no disk.
  std::size_t unflushed = 0;
  const Source* to_flush = nullptr;
  const Source* to_reload = nullptr;
  for (const Source& source : *current) {
    if (source.unflushed()) {
      ++unflushed;
      if (to_flush == nullptr) to_flush = &source;
    } else if (source.damaged()) {
      const bool first_behind_last = to_reload != nullptr && to_reload->segment <= reloaded_last_ &&
                                     source.segment > reloaded_last_;
      if (to_reload == nullptr || first_behind_last) to_reload = &source;
    }
  }
  Result<void> result = ok();
  if (to_reload != nullptr && unflushed < kUnflushedMax) {
    reloaded_last_ = to_reload->segment;
    result = reload(*to_reload);
    if (result) {
      background_ended(ok());
      return Step::more;
    }
  }
  if (to_flush == nullptr) return merge(std::move(result));
  // A segment that cannot be read must not keep the others from being flushed.
  auto flushed = flush(*to_flush);
  const bool done = flushed.has_value();
  background_ended(result ? std::move(flushed) : std::move(result));
  if (!done) return Step::failed;
  return unflushed > 1 ? Step::more : Step::done;
}

/// Each segment of a damaged run becomes a source of its own; see the class comment.
void Index::split_damaged() {
  const auto needs_split = [](const Source& source) {
    return source.damaged() && source.sealed->size() > 1;
  };
  const auto current = sources();
  for (const Source& source : *current) {
    if (!needs_split(source)) continue;
    change_sources([&](Sources& sources) {
      const auto place = std::ranges::find(sources, source.segment, &Source::segment);
      const Sources parts = split_source(source);
      sources.insert(sources.erase(place), parts.begin(), parts.end());
    });
    splits_.push_back({source.segment, source.last_segment()});
  }
}

Result<void> Index::flush(const Source& source) {
  ESKER_TRY(std::shared_ptr<Run> run,
            make_run(directory_, store_, source.sealed->front(), *source.memtable));
  change_sources([&](Sources& sources) {
    Source& flushed = *std::ranges::find(sources, source.segment, &Source::segment);
    flushed.run = std::move(run);
    flushed.memtable = nullptr;
  });
  remove_rebuilt();
  return ok();
}

Result<void> Index::reload(const Source& source) {
  ESKER_TRY(LoadedSegment loaded, load_segment(source.sealed->front(), read_segment_));
  change_sources([&](Sources& sources) {
    Source& reloaded = *std::ranges::find(sources, source.segment, &Source::segment);
    reloaded.memtable = std::move(loaded.memtable);
    reloaded.run = nullptr;
  });
  runs_rebuilt_.fetch_add(1, std::memory_order_relaxed);
  return ok();
}

/// Removes the files of damaged runs in whose place each segment has a run again. What cannot be removed the next open finds
/// damaged again: more work, but nothing wrong.
void Index::remove_rebuilt() {
  const auto current = sources();
  std::erase_if(splits_, [&](const Split& split) {
    const bool rebuilt = std::ranges::all_of(*current, [&](const Source& source) {
      return source.last_segment() < split.first || source.segment > split.last || source.whole();
    });
    if (!rebuilt) return false;
    static_cast<void>(remove_run(directory_, run_file_name(split.first, split.last)).has_value());
    return true;
  });
}

/// A piece of a merge, when one is due. `result` is what came of the work before it.
Index::Step Index::merge(Result<void> result) {
  const auto current = sources();
  if (!merger_.is_due(*current)) {
    if (result) return Step::done;
    background_ended(std::move(result));
    return Step::failed;
  }
  auto merged = merger_.step(*current);
  const bool done = merged.has_value();
  if (done && merged.value()) replace_inputs(*merged.value());
  if (result && !done) result = std::move(merged).error();
  background_ended(std::move(result));
  return done ? Step::done : Step::failed;
}

/// The merged run is durable, name included: only now may its inputs go (R8). Readers that are in them keep them mapped.
void Index::replace_inputs(const MergedRuns& merged) {
  change_sources([&](Sources& sources) {
    const auto begin = std::ranges::find(sources, merged.source.segment, &Source::segment);
    const auto end = begin + static_cast<std::ptrdiff_t>(merged.inputs.size());
    *begin = merged.source;
    sources.erase(begin + 1, end);
  });
  for (const Source& input : merged.inputs) {
    // What cannot be removed the next open removes.
    const std::string name = run_file_name(input.segment, input.last_segment());
    static_cast<void>(remove_run(directory_, name).has_value());
  }
}

void Index::background_ended(Result<void> result) {
  std::optional<Error> failure;
  if (!result) failure = std::move(result).error();
  const base::MutexLock lock(mutex_);
  std::swap(background_failure_, failure);
}

std::optional<Error> Index::background_failure() const {
  const base::MutexLock lock(mutex_);
  if (!background_failure_) return std::nullopt;
  return background_failure_->clone();
}

std::shared_ptr<const Sources> Index::sources() const {
  const base::MutexLock lock(mutex_);
  return sources_;
}

template <class Change>
void Index::change_sources(Change change) {
  const base::MutexLock only_one(change_mutex_);
  auto changed = std::make_shared<Sources>(*sources());
  change(*changed);
  std::shared_ptr<const Sources> now = std::move(changed);
  const base::MutexLock lock(mutex_);
  std::swap(sources_, now);  // What was there is let go of after the lock.
}

Result<void> Index::find(const Term& term, Direction direction, Position from, Position end,
                         std::size_t max, std::vector<Position>& positions) const {
  if (from >= end || max == 0) return ok();
  const auto current = sources();
  const std::size_t before = positions.size();
  // What ends at or before `from` need not be looked at; a source ends at the latest where the next one begins.
  auto first = std::ranges::upper_bound(*current, from, {}, &Source::first);
  if (first != current->begin()) --first;
  const auto last = std::ranges::lower_bound(first, current->end(), end, {}, &Source::first);
  std::span<const Source> rest(first, last);
  bool asked = false;
  while (!rest.empty() && positions.size() - before < max) {
    const bool forwards = direction == Direction::forwards;
    const Source& source = forwards ? rest.front() : rest.back();
    // Where one was never looked into, others will not have been either.
    if (!asked && source.run != nullptr && source.run->untouched(term)) {
      will_find(rest, term);
      asked = true;
    }
    auto found =
        source.find(term, direction, from, end, max - (positions.size() - before), positions);
    if (!found) {
      positions.resize(before);
      return found;
    }
    rest = forwards ? rest.subspan(1) : rest.first(rest.size() - 1);
  }
  return ok();
}

Result<void> Index::find_candidates(std::span<const Term> ids,
                                    std::vector<std::uint32_t>& candidates) const {
  constexpr std::size_t kBatch = 64;  // the bits of an answer
  const auto current = sources();
  for (std::size_t begin = 0; begin < ids.size(); begin += kBatch) {
    const auto batch = ids.subspan(begin, std::min(kBatch, ids.size() - begin));
    std::uint64_t bits = 0;
    for (const Source& source : *current) {
      ESKER_TRY(const std::uint64_t found, source.may_contain(batch));
      bits |= found;
    }
    for (; bits != 0; bits &= bits - 1) {
      candidates.push_back(static_cast<std::uint32_t>(begin) +
                           static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
  }
  return ok();
}

bool Index::work_waiting() const {
  const auto current = sources();
  return std::ranges::any_of(
      *current, [](const Source& source) { return source.damaged() || source.unflushed(); });
}

IndexStats Index::stats() const {
  IndexStats stats = stats_of(*sources(), options_.merge_fan_out);
  stats.runs_rebuilt = runs_rebuilt_.load(std::memory_order_relaxed);
  stats.merged_bytes = merger_.merged_bytes();
  stats.merge_bytes_per_second = options_.merge_bytes_per_second;
  return stats;
}

}  // namespace esker::index
