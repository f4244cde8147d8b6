#include "index/index_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <span>

#include "base/byte_order.hpp"
#include "esker/event.hpp"
#include "format/checksum.hpp"
#include "index/make_run.hpp"

namespace esker::index {

SegmentId IndexModel::begin_segment() {
  const SegmentId id(segments_.size() + 1);
  segments_.push_back({id, end()});
  return id;
}

void IndexModel::add(const EventTerms& terms) {
  const Position position = end();
  events_.push_back(terms);
  for (const Term& term : {terms.stream, terms.category, terms.type, terms.id}) {
    std::vector<Position>& positions = postings_[term];
    if (positions.empty() || positions.back() != position) positions.push_back(position);
  }
}

SegmentKey IndexModel::key(SegmentId id) const {
  const Segment& segment = segments_.at(id.value() - 1);
  const bool last = id.value() == segments_.size();
  return {id, format::Salt(id.value() * 77), segment.first,
          last ? end() : segments_[id.value()].first};
}

std::vector<SegmentKey> IndexModel::sealed() const {
  std::vector<SegmentKey> keys;
  for (std::uint64_t id = 1; id < segments_.size(); ++id) keys.push_back(key(SegmentId(id)));
  return keys;
}

const EventTerms& IndexModel::terms(Position position) const {
  return events_.at(position.value() - 1);
}

std::vector<Term> IndexModel::all_terms() const {
  std::vector<Term> terms;
  for (const auto& [term, positions] : postings_) terms.push_back(term);
  return terms;
}

std::vector<Position> IndexModel::find(const Term& term, Direction direction, Position from,
                                       Position end, std::size_t max) const {
  std::vector<Position> found;
  const auto entry = postings_.find(term);
  if (entry == postings_.end()) return found;
  std::ranges::copy_if(entry->second, std::back_inserter(found),
                       [&](Position position) { return from <= position && position < end; });
  if (direction == Direction::backwards) std::ranges::reverse(found);
  if (found.size() > max) found.resize(max);
  return found;
}

Index::SegmentReader IndexModel::reader(int* reads) const {
  return [this, reads](const SegmentKey& key,
                       UniqueFunction<void(Position, const EventTerms&)>& add) -> Result<void> {
    if (reads != nullptr) ++*reads;
    for (Position at = key.first; at < key.end; at = at.next()) add(at, terms(at));
    return ok();
  };
}

std::shared_ptr<Memtable> IndexModel::memtable(SegmentId id) const {
  const SegmentKey segment = key(id);
  auto memtable = std::make_shared<Memtable>(id, segment.first);
  for (Position at = segment.first; at < segment.end; at = at.next()) memtable->add(at, terms(at));
  return memtable;
}

Source IndexModel::make_source(io::Directory& directory, SegmentId id) const {
  const SegmentKey segment = key(id);
  auto run = make_run(directory, test_store(), segment, *memtable(id));
  REQUIRE(run.has_value());
  return {id, segment.first, nullptr, std::move(run).value(), keep_segments({&segment, 1})};
}

EventSource::EventSource(std::uint64_t seed, unsigned hash_bits)
    : random_(seed), hasher_(test_store(), hash_bits) {}

EventTerms EventSource::next() {
  const std::string category = "account" + std::to_string(draw(3));
  const std::string stream = category + "-" + std::to_string(draw(4) == 0 ? draw(1000) : draw(8));
  Uuid id;
  if (!ids_.empty() && draw(20) == 0) {
    id = ids_[draw(ids_.size())];  // The same id in another stream is allowed.
  } else {
    std::array<std::byte, Uuid::kBytes> bytes;
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(draw(256)); });
    id = Uuid(bytes);
    ids_.push_back(id);
  }
  return {hasher_.stream(stream), hasher_.category(category),
          hasher_.type("type" + std::to_string(draw(5))), hasher_.id(id)};
}

std::uint64_t EventSource::draw(std::uint64_t below) { return random_() % below; }

Uuid test_store() { return Uuid::from_name(Uuid(), "index tests"); }

IndexModel make_model(EventSource& source, std::size_t segments, std::size_t events) {
  IndexModel model;
  for (std::size_t segment = 0; segment < segments; ++segment) {
    model.begin_segment();
    for (std::size_t event = 0; event < events; ++event) model.add(source.next());
  }
  model.begin_segment();
  return model;
}

TempDirectory::TempDirectory()
    : directory_(io::open_directory(temporary_.path(), {}).value().directory) {}

std::vector<std::byte> TempDirectory::read(std::string_view name) const {
  std::ifstream file(path(name), std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

void TempDirectory::write(std::string_view name, const std::vector<std::byte>& bytes) const {
  std::ofstream file(path(name), std::ios::binary | std::ios::trunc);
  const std::string text(as_text(bytes));
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::size_t next_to_damage(std::span<const std::byte> bytes, std::size_t at) {
  constexpr std::size_t kStep = 31;
  const auto ahead = bytes.subspan(at, std::min(2 * kStep, bytes.size() - at));
  return at + (base::is_zero(ahead) ? std::min(kStep, ahead.size()) : 1);
}

void renew_checksums(std::span<std::byte> run, RunFooter footer) {
  for (std::size_t page = 0; page < footer.pages(); ++page) {
    base::store_le(run, footer.pages_begin + kPageEntryBytes * page,
                   format::crc32c(run.subspan(page * kRunPageBytes, kRunPageBytes)));
  }
  const std::size_t checksums = footer.table_checksums_begin();
  base::store_le(run, checksums, format::crc32c(run.subspan(footer.pages_begin, kRunPageBytes)));
  footer.pages_checksum = format::crc32c(run.subspan(checksums, kPageEntryBytes));
  std::ranges::copy(encode_run_footer(footer), run.last(kRunFooterBytes).begin());
}

Result<std::vector<Position>> find_all(const Run& run, const Term& term, Direction direction,
                                       std::uint64_t begin, std::uint64_t end, std::size_t piece) {
  std::vector<Position> found;
  std::vector<Posting> into(piece);
  PostingQuery query{term, direction, begin, end};
  while (true) {
    ESKER_TRY(const std::size_t count, run.copy(query, into));
    for (std::size_t i = 0; i < count; ++i) {
      found.push_back(run.footer().key.first.plus(into[i]));
    }
    if (count < piece) return found;
    if (direction == Direction::forwards) {
      query.begin = std::uint64_t{into.back()} + 1;
    } else {
      query.end = into.back();
    }
  }
}

void check_index(const Index& index, const IndexModel& model, EventSource& source,
                 std::size_t questions_per_term) {
  std::vector<Term> terms = model.all_terms();
  for (int i = 0; i < 20; ++i) terms.push_back(source.next().id);
  const std::uint64_t end = model.end().value();
  for (const Term& term : terms) {
    for (std::size_t question = 0; question < questions_per_term; ++question) {
      const Direction direction = source.draw(2) == 0 ? Direction::forwards : Direction::backwards;
      const bool all = source.draw(3) == 0;
      const Position from(all ? 0 : source.draw(end + 2));
      const Position until(all ? end : source.draw(end + 2));
      const std::size_t max = source.draw(2) == 0 ? 1 + source.draw(5) : 1000000;
      std::vector<Position> found = {Position(99)};  // What is there already stays.
      const auto result = index.find(term, direction, from, until, max, found);
      REQUIRE(result.has_value());
      REQUIRE(found.front() == Position(99));
      found.erase(found.begin());
      const std::vector<Position> expected = model.find(term, direction, from, until, max);
      if (found != expected) {
        FAIL("find(" << term.high << ":" << term.low << ", " << static_cast<int>(direction) << ", "
                     << from.value() << ", " << until.value() << ", " << max << ") found "
                     << found.size() << " positions, expected " << expected.size());
      }
    }
  }
}

}  // namespace esker::index
