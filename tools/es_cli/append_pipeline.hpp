#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/mutex.hpp"
#include "common/event_line.hpp"
#include "esker/client.hpp"

namespace esker::tools {

/// Appends events one by one, in order, with many of them under way at once. One at a time, so that the events of a file keep their order
/// over all streams, and so that those which are there already never share an append with new ones, which would be a `partial_match`; the
/// server writes what waits for it as one group all the same.
///
/// Belongs to one thread.
class AppendPipeline {
 public:
  /// `in_flight_max` events, and some megabytes of them, wait for their answers at most. `client` must outlive the pipeline.
  AppendPipeline(Client& client, std::uint32_t in_flight_max);
  AppendPipeline(const AppendPipeline&) = delete;
  AppendPipeline& operator=(const AppendPipeline&) = delete;
  /// Waits for all answers.
  ~AppendPipeline();

  /// Appends the event of the line `number`; `event.id` must be there. Waits while too many are under way.
  /// False when an append has failed: then nothing was done.
  bool append(std::uint64_t number, const EventLine& event);

  /// Waits for all answers.
  void finish();

  /// Of the failed append with the lowest line: there may be more, of appends that were under way at the time.
  struct Failure {
    std::uint64_t line = 0;
    Error error;
  };
  /// The failure, when there is one. After `finish`, once.
  std::optional<Failure> take_failure();

  [[nodiscard]] std::uint64_t written() const;
  [[nodiscard]] std::uint64_t already_there() const;

 private:
  void answered(std::uint64_t line, std::size_t bytes, Result<AppendResult> result);

  Client& client_;
  const std::uint32_t in_flight_max_;
  mutable base::Mutex mutex_;
  base::Condition changed_;
  std::uint32_t in_flight_ ESKER_GUARDED_BY(mutex_) = 0;
  std::size_t in_flight_bytes_ ESKER_GUARDED_BY(mutex_) = 0;
  std::uint64_t written_ ESKER_GUARDED_BY(mutex_) = 0;
  std::uint64_t already_there_ ESKER_GUARDED_BY(mutex_) = 0;
  std::optional<Failure> failure_ ESKER_GUARDED_BY(mutex_);
};

}  // namespace esker::tools
