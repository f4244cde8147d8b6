#include "index/index.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "index/load.hpp"
#include "index/memtable.hpp"
#include "index/run.hpp"
#include "index/run_files.hpp"
#include "index/run_writer.hpp"

namespace esker::index {
namespace {

/// How many segments' terms, beside the active one's, may wait in memory for space on the disk. Sealing stops when there is no space
/// for another segment, so more than one or two never come together but when runs have been deleted.
constexpr std::size_t kUnflushedMax = 4;

}  // namespace

Index::Index(io::Directory& directory, const Uuid& store, SegmentReader read_segment)
    : directory_(directory),
      store_(store),
      read_segment_(std::move(read_segment)),
      sources_(std::make_shared<const Sources>()) {}

Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::open(io::Directory& directory, const Uuid& store,
                                           const std::vector<SegmentKey>& sealed,
                                           SegmentReader read_segment) {
  ESKER_TRY(remove_obsolete_runs(directory, sealed));
  std::unique_ptr<Index> index(new Index(directory, store, std::move(read_segment)));
  auto sources = std::make_shared<Sources>();
  std::size_t unflushed = 0;
  for (const SegmentKey& key : sealed) {
    ESKER_ASSERT(sources->empty() || sources->back().sealed->end <= key.first);
    ESKER_TRY(Source source, index->open_source(key, unflushed));
    if (source.memtable != nullptr) ++unflushed;
    sources->push_back(std::move(source));
  }
  {
    const base::MutexLock lock(index->mutex_);
    index->sources_ = std::move(sources);
  }
  return index;
}

Result<Index::Source> Index::open_source(const SegmentKey& key, std::size_t unflushed) {
  auto run = Run::open(directory_, store_, key);
  if (!run && run.error().code() == Errc::no_space) return std::move(run).error();
  Source source{key.id, key.first, nullptr, nullptr, key};
  if (run) {
    source.run = std::move(run).value();
    return source;
  }
  // Whatever is wrong with it: it is derived, and a new one takes its place.
  ESKER_TRY(source.memtable, load_memtable(key, read_segment_));
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
      ESKER_ASSERT_VALUES(before.segment < id, before.segment.value(), id.value());
      const Position end = before.sealed ? before.sealed->end : before.memtable->end();
      ESKER_ASSERT_VALUES(end <= first, end.value(), first.value());
    }
    sources.insert(after, {id, first, memtable, nullptr, std::nullopt});
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
    source->sealed = key;
  });
}

bool Index::background_step() {
  const auto current = sources();
  // A damaged run comes first: it makes reads fail. What it becomes is a memtable, which needs no disk.
  std::size_t unflushed = 0;
  const Source* to_flush = nullptr;
  const Source* to_reload = nullptr;
  std::size_t damaged = 0;
  for (const Source& source : *current) {
    if (source.memtable != nullptr && source.sealed) {
      ++unflushed;
      if (to_flush == nullptr) to_flush = &source;
    } else if (source.run != nullptr && source.run->damaged()) {
      ++damaged;
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
      return true;
    }
  }
  if (to_flush == nullptr) {
    if (!result) background_ended(std::move(result));
    return false;
  }
  // A segment that cannot be read must not keep the others from being flushed.
  auto flushed = flush(*to_flush);
  const bool more = flushed.has_value() && unflushed + damaged > 1;
  background_ended(result ? std::move(flushed) : std::move(result));
  return more && unflushed > 1;
}

Result<void> Index::flush(const Source& source) {
  ESKER_TRY(std::shared_ptr<Run> run,
            make_run(directory_, store_, *source.sealed, *source.memtable));
  change_sources([&](Sources& sources) {
    Source& flushed = *std::ranges::find(sources, source.segment, &Source::segment);
    flushed.run = std::move(run);
    flushed.memtable = nullptr;
  });
  return ok();
}

Result<void> Index::reload(const Source& source) {
  ESKER_TRY(auto memtable, load_memtable(*source.sealed, read_segment_));
  change_sources([&](Sources& sources) {
    Source& reloaded = *std::ranges::find(sources, source.segment, &Source::segment);
    reloaded.memtable = std::move(memtable);
    reloaded.run = nullptr;
  });
  runs_rebuilt_.fetch_add(1, std::memory_order_relaxed);
  return ok();
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

std::shared_ptr<const Index::Sources> Index::sources() const {
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
  const auto count = static_cast<std::size_t>(last - first);
  for (std::size_t i = 0; i < count && positions.size() - before < max; ++i) {
    const auto at =
        static_cast<std::ptrdiff_t>(direction == Direction::forwards ? i : count - 1 - i);
    auto found = find_in(first[at], term, direction, from, end, max - (positions.size() - before),
                         positions);
    if (!found) {
      positions.resize(before);
      return found;
    }
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
      if (source.memtable != nullptr) {
        bits |= source.memtable->contained(batch);
      } else {
        ESKER_TRY(const std::uint64_t found, source.run->may_contain(batch));
        bits |= found;
      }
    }
    for (; bits != 0; bits &= bits - 1) {
      candidates.push_back(static_cast<std::uint32_t>(begin) +
                           static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
  }
  return ok();
}

Result<void> Index::find_in(const Source& source, const Term& term, Direction direction,
                            Position from, Position end, std::size_t max,
                            std::vector<Position>& positions) {
  // Piece by piece, so that a memtable's lock is held for a bounded time, and a run decodes to the stack.
  std::array<Posting, 256> piece;  // Uninitialised on purpose.
  PostingQuery query{term, direction, from > source.first ? from.value() - source.first.value() : 0,
                     end.value() - source.first.value()};
  while (max > 0 && query.begin < query.end) {
    const std::span<Posting> into = std::span(piece).first(std::min(max, piece.size()));
    std::size_t count = 0;
    if (source.memtable != nullptr) {
      count = source.memtable->copy(query, into);
    } else {
      ESKER_TRY(count, source.run->copy(query, into));
    }
    for (const Posting posting : into.first(count)) {
      positions.push_back(source.first.plus(posting));
    }
    if (count < into.size()) break;
    max -= count;
    if (direction == Direction::forwards) {
      query.begin = std::uint64_t{into.back()} + 1;
    } else {
      query.end = into.back();
    }
  }
  return ok();
}

IndexStats Index::stats() const {
  IndexStats stats;
  stats.runs_rebuilt = runs_rebuilt_.load(std::memory_order_relaxed);
  const auto current = sources();
  for (const Source& source : *current) {
    if (source.run != nullptr) {
      ++stats.runs;
      stats.run_bytes += source.run->footer().file_bytes;
      if (source.run->damaged()) ++stats.work_waiting;
    } else {
      stats.memtable_bytes += source.memtable->memory_bytes();
      if (source.sealed) ++stats.work_waiting;
    }
  }
  return stats;
}

}  // namespace esker::index
