#pragma once

#include <vector>

#include "format/record.hpp"
#include "index/index.hpp"
#include "index/term.hpp"

namespace esker::store {

/// Makes the terms that recorded events are found by. Threads: one at a time.
class RecordTerms {
 public:
  /// `hasher` outlives this.
  explicit RecordTerms(const index::TermHasher& hasher) : hasher_(hasher) {}

  /// Those of `record`; its `others` are valid until the next call.
  index::EventTerms of(const format::RecordView& record) {
    others_.clear();
    if (record.gap()) return {{}, {}, {}, {}, {}, index::Left::nothing};
    for (const std::string_view tag : record.tags) others_.push_back(hasher_.tag(tag));
    if (record.version == Version(1)) others_.push_back(hasher_.first());
    return {hasher_.stream(record.stream),
            hasher_.category(category_of(record.stream)),
            hasher_.type(record.type),
            hasher_.id(record.id),
            others_,
            record.released ? index::Left::some : index::Left::all};
  }

  /// Calls `on_event` with each position that the record stands for and its terms.
  template <class OnEvent>
  void each(const format::RecordView& record, OnEvent& on_event) {
    const index::EventTerms terms = of(record);
    for (Position at = record.position; at < record.end(); at = at.next()) on_event(at, terms);
  }

 private:
  const index::TermHasher& hasher_;
  std::vector<index::Term> others_;
};

}  // namespace esker::store
