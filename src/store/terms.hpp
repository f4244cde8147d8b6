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
    for (const std::string_view tag : record.tags) others_.push_back(hasher_.tag(tag));
    if (record.version == Version(1)) others_.push_back(hasher_.first());
    return {hasher_.stream(record.stream), hasher_.category(category_of(record.stream)),
            hasher_.type(record.type), hasher_.id(record.id), others_};
  }

 private:
  const index::TermHasher& hasher_;
  std::vector<index::Term> others_;
};

}  // namespace esker::store
