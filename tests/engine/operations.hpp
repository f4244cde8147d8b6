#pragma once

#include <cstdint>
#include <vector>

#include "esker/query.hpp"
#include "sim/random.hpp"
#include "support/commits.hpp"
#include "support/model_store.hpp"

namespace esker::tests {

/// Draws operations of every kind from a seed: few streams, so that they meet, and ids that come back, so that retries happen.
class Operations {
 public:
  explicit Operations(std::uint64_t seed) : random_(seed) {}

  /// An append of one to three streams; now and then an earlier one again, whole or in part.
  std::vector<OwnedAppend> append(const ModelStore& model);
  /// A read of any kind, also from beyond the end.
  Query query(const ModelStore& model);

  sim::Random& random() { return random_; }

 private:
  OwnedAppend fresh(const ModelStore& model);
  std::string stream();

  sim::Random random_;
  std::uint64_t next_id_ = 1;
  std::vector<std::vector<OwnedAppend>> earlier_;
};

}  // namespace esker::tests
