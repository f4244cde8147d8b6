#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "esker/function.hpp"
#include "server/grpc/context.hpp"
#include "server/grpc/proposed_events.hpp"
#include "server/grpc/record_failure.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// A stream of an append to several: what it gets, and what it must be like.
struct RecordStream {
  std::string stream;
  std::int64_t expected = kAnyState;
  std::int32_t check = -1;  ///< Which of the client's checks says so; -1: none.
  ProposedEvents events{};  ///< None: the stream is only checked.
};

/// An append to several streams, all or nothing.
class RecordWrite {
 public:
  /// Whether a stream of this name, in whatever case, is there.
  [[nodiscard]] bool has(std::string_view stream) const;
  /// The stream of this name, which is added when it is not there. Failures: `bad_request`: a name that cannot be written so.
  Reply<RecordStream*> stream(std::string_view name);

  [[nodiscard]] std::vector<RecordStream>& streams() { return streams_; }
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  std::vector<RecordStream> streams_;
};

/// What was appended: for each stream with events its last revision, in their order.
struct RecordsAppended {
  std::vector<std::pair<std::string, std::int64_t>> revisions;
  Position position;
};

/// Appends, and calls `done` once, as `append_to_stream` does. Failures: `transaction_too_large`, `consistency_violation` with each check
/// that does not hold, and what the store says.
void append_records(Context& context, RecordWrite write,
                    UniqueFunction<void(Reply<RecordsAppended>, std::vector<StateViolation>)> done);

/// What a stream is, where `expected` does not hold of it; nothing where it does. `written`: it gets events, too.
[[nodiscard]] std::optional<std::int64_t> violated(std::int64_t expected, bool written,
                                                   const StreamStatus& status);

}  // namespace esker::server::kurrent
