#pragma once

#include "server/grpc/failure.hpp"
#include "server/grpc/proposed_events.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// A record of the second version as an event: its schema's name is the type, its properties are the metadata, as JSON, with the schema
/// among them. `stream` is for the failures: `bad_request`, `record_too_large` when it has more than `bytes_max`.
Reply<ProposedEvent> event_of_record(records::AppendRecord&& record, std::string_view stream,
                                     std::uint64_t bytes_max);

}  // namespace esker::server::kurrent
