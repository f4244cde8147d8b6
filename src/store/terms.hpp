#pragma once

#include "format/record.hpp"
#include "index/index.hpp"
#include "index/term.hpp"

namespace esker::store {

/// The terms that a recorded event is found by.
inline index::EventTerms terms_of(const index::TermHasher& hasher,
                                  const format::RecordView& record) {
  return {hasher.stream(record.stream), hasher.category(category_of(record.stream)),
          hasher.type(record.type), hasher.id(record.id)};
}

}  // namespace esker::store
