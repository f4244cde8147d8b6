#pragma once

#include <memory>
#include <string>
#include <variant>

#include "esker/function.hpp"
#include "server/grpc/context.hpp"
#include "server/grpc/expectation.hpp"
#include "server/grpc/proposed_events.hpp"

/// What changes one stream: appends, deletions and tombstones, as KurrentDB means them, by appends of ours.
namespace esker::server::kurrent {

/// The events are there, also when they were before.
struct Appended {
  Version version;    ///< The stream's then; 0: it has none.
  Position position;  ///< Of the last one; 0: none was to be appended.
};
/// The stream was not as expected.
struct WrongVersion {
  Version actual;  ///< 0: there is none.
};
using AppendAnswer = Reply<std::variant<Appended, WrongVersion>>;

/// An append to one stream.
struct StreamWrite {
  ExpectedStream to;
  ProposedEvents events;
};

/// Appends, and calls `done` once: on a worker, or inside this call when the answer is known at once. What is appended to a stream's
/// metadata stream leaves a deletion of that stream as it is. Failures: `stream_deleted`, `access_denied`, `append_too_large`, and what the
/// store says.
void append_to_stream(Context& context, StreamWrite write, UniqueFunction<void(AppendAnswer)> done);

using DeleteAnswer = Reply<Position>;

/// Deletes the stream, or ends it for ever, and calls `done` in the same way with the position of the event that says so. Failures besides:
/// `wrong_expected_version`.
void delete_stream(Context& context, ExpectedStream stream,
                   UniqueFunction<void(DeleteAnswer)> done);
void tombstone_stream(Context& context, ExpectedStream stream,
                      UniqueFunction<void(DeleteAnswer)> done);

}  // namespace esker::server::kurrent
