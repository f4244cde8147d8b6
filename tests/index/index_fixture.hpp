#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/index.hpp"
#include "index/memtable.hpp"
#include "index/segment_key.hpp"
#include "index/source.hpp"
#include "index/term.hpp"
#include "io/directory.hpp"
#include "support/temporary_directory.hpp"

namespace esker::index {

/// The log as the index sees it, and what every search must answer: terms to positions, in a plain map.
class IndexModel {
 public:
  /// Begins a segment at the next position; `salt` is made up from the id.
  SegmentId begin_segment();
  /// Adds an event to the last segment.
  void add(const EventTerms& terms);

  [[nodiscard]] Position end() const { return Position(1 + events_.size()); }
  [[nodiscard]] SegmentKey key(SegmentId id) const;
  /// All segments but the last.
  [[nodiscard]] std::vector<SegmentKey> sealed() const;
  [[nodiscard]] const EventTerms& terms(Position position) const;
  /// Every term that there is.
  [[nodiscard]] std::vector<Term> all_terms() const;

  [[nodiscard]] std::vector<Position> find(const Term& term, Direction direction, Position from,
                                           Position end, std::size_t max) const;

  /// Hands out segments of this model, which must outlive it. `reads`, when given, counts the calls.
  [[nodiscard]] Index::SegmentReader reader(int* reads = nullptr) const;
  /// The memtable of a segment.
  [[nodiscard]] std::shared_ptr<Memtable> memtable(SegmentId id) const;
  /// The run of a segment, made in a directory.
  Source make_source(io::Directory& directory, SegmentId id) const;

 private:
  struct Segment {
    SegmentId id;
    Position first;
  };

  std::vector<EventTerms> events_;
  std::vector<Segment> segments_;
  std::map<Term, std::vector<Position>> postings_;
};

/// Draws events of a few streams, categories and types and mostly new ids; the same seed gives the same events.
class EventSource {
 public:
  explicit EventSource(std::uint64_t seed, unsigned hash_bits = 128);

  EventTerms next();
  [[nodiscard]] const TermHasher& hasher() const { return hasher_; }
  std::uint64_t draw(std::uint64_t below);

 private:
  std::mt19937_64 random_;
  TermHasher hasher_;
  std::vector<Uuid> ids_;
};

/// The store that all of these tests are about.
Uuid test_store();

/// A model of `segments` segments of `events` events each, and an empty one behind them.
IndexModel make_model(EventSource& source, std::size_t segments, std::size_t events);

/// A directory of its own, opened, removed with all that is in it.
class TempDirectory {
 public:
  TempDirectory();

  [[nodiscard]] io::Directory& directory() { return *directory_; }
  [[nodiscard]] std::string path(std::string_view name) const { return temporary_ / name; }
  [[nodiscard]] std::vector<std::byte> read(std::string_view name) const;
  void write(std::string_view name, const std::vector<std::byte>& bytes) const;

 private:
  support::TemporaryDirectory temporary_;
  std::unique_ptr<io::Directory> directory_;
};

/// The byte to damage after the one at `at`: each, but where there are only zeros for long one in 31.
std::size_t next_to_damage(std::span<const std::byte> bytes, std::size_t at);

/// Makes the checksums of a run file right again after its bytes have changed; `footer` is its own, with one page in the page table.
void renew_checksums(std::span<std::byte> run, RunFooter footer);

/// All positions of a term in a run, `piece` at a time. `begin` and `end` as in `PostingQuery`.
Result<std::vector<Position>> find_all(const Run& run, const Term& term, Direction direction,
                                       std::uint64_t begin, std::uint64_t end, std::size_t piece);

/// Compares `find` of the index with the model's: all terms, some that are not there, both directions, ranges and limits drawn at random.
void check_index(const Index& index, const IndexModel& model, EventSource& source,
                 std::size_t questions_per_term);

}  // namespace esker::index
