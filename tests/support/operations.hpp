#pragma once

#include <cstdint>
#include <vector>

#include "esker/query.hpp"
#include "sim/random.hpp"
#include "support/commits.hpp"
#include "support/model_store.hpp"

namespace esker::tests {

/// How large events are. Of one event in 8 the data have `large_bytes` bytes, unless that is 0.
struct EventSizes {
  std::uint64_t events_max = 4;
  std::uint64_t bytes_max = 200;
  std::uint64_t large_bytes = 3'000;
  bool fixed = false;  ///< Always `bytes_max`.
};

/// Draws operations of every kind from a seed: few streams, so that they meet, and ids that come back, so that retries happen.
class Operations {
 public:
  explicit Operations(std::uint64_t seed, const EventSizes& sizes = {})
      : seed_(seed), sizes_(sizes), random_(seed) {}

  /// From here on what is drawn depends on the seed and on `step`, not on what was drawn before, so that steps can be left out.
  void begin_step(std::uint64_t step);

  /// An append of one to three streams; now and then an earlier one again, whole or in part.
  std::vector<OwnedAppend> append(const ModelStore& model);
  /// A read of any kind, also from beyond the end.
  Query query(const ModelStore& model);

  sim::Random& random() { return random_; }

 private:
  OwnedAppend fresh(const ModelStore& model);
  std::string stream();
  Tags tags();
  QueryItem item();
  std::vector<QueryItem> items(std::uint64_t most);
  Selector selector();
  Condition condition(const ModelStore& model);

  std::uint64_t seed_;
  EventSizes sizes_;
  sim::Random random_;
  std::uint64_t next_id_ = 1;
  std::vector<std::vector<OwnedAppend>> earlier_;
};

}  // namespace esker::tests
