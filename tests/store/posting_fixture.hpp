#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "index/index.hpp"
#include "sim/random.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_disk.hpp"
#include "store/index_reader.hpp"
#include "store/term_walk.hpp"

namespace esker::store {

/// An index in memory whose postings are drawn at random, with what it holds beside it.
class PostingFixture {
 public:
  static constexpr std::uint64_t kEvents = 20'000;
  static const Uuid& store() {
    static const Uuid uuid = Uuid::from_name(Uuid(), "postings");
    return uuid;
  }

  PostingFixture() : directory_(disk_.open_directory()), hasher_(store()) {
    index_ = index::Index::open(*directory_, clock_, store(), {}, [](const auto&, auto&) {
               return ok();
             }).value();
    reader_ = std::make_unique<IndexReader>(*index_, repair_);
    index_->begin_segment(SegmentId(1), Position(1));
    sim::Random random(7);
    for (std::uint64_t at = 1; at <= kEvents; ++at) add(Position(at), random);
  }

  /// The positions whose events have this type or tag.
  [[nodiscard]] const std::set<Position>& having(const std::string& name) { return having_[name]; }

 protected:
  void add(Position position, sim::Random& random) {
    std::vector<index::Term> others;
    const auto tag = [&](const std::string& name, std::uint64_t one_in) {
      if (random.below(one_in) != 0) return;
      others.push_back(hasher_.tag(name));
      having_[name].insert(position);
    };
    tag("half", 2);
    tag("tenth", 10);
    tag("rare", 2'000);
    tag(position.value() % 2 == 0 ? "even" : "odd", 1);
    const std::string type = random.below(3) == 0 ? "paid" : "placed";
    having_[type].insert(position);
    index_->add(position,
                {hasher_.stream("s-1"), hasher_.category("s"), hasher_.type(type),
                 hasher_.id(Uuid::from_name(Uuid(), std::to_string(position.value()))), others});
  }

  sim::SimDisk disk_;
  sim::SimClock clock_;
  std::unique_ptr<io::Directory> directory_;
  index::TermHasher hasher_;
  std::unique_ptr<index::Index> index_;
  UniqueFunction<void()> repair_ = [] {};
  std::unique_ptr<IndexReader> reader_;
  std::map<std::string, std::set<Position>> having_;
};

}  // namespace esker::store
