#include "server/grpc/record_failure.hpp"

#include <algorithm>
#include <limits>

#include "record_errors.pb.h"
#include "rpc_status.pb.h"
#include "server/grpc/any_message.hpp"

namespace esker::server::kurrent {
namespace {

namespace errors = kurrentdb::protocol::v2::streams::errors;

constexpr const char* kStreamsDomain = "streams";
constexpr const char* kServerDomain = "server";

google::rpc::Status begin_details(const Failure& failure, const char* domain, const char* reason) {
  google::rpc::Status status;
  status.set_code(static_cast<std::int32_t>(failure.code));
  status.set_message(failure.message);
  google::rpc::ErrorInfo info;
  info.set_domain(domain);
  info.set_reason(reason);
  pack(info, *status.add_details());
  return status;
}

template <class Details>
Failure detailed(Failure failure, const char* domain, const char* reason, const Details& details) {
  google::rpc::Status status = begin_details(failure, domain, reason);
  pack(details, *status.add_details());
  failure.details = status.SerializeAsString();
  return failure;
}

std::int32_t small(std::uint64_t number) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::min(number, kMost));
}

std::string quoted(std::string_view stream) { return "'" + std::string(stream) + "'"; }

}  // namespace

Failure bad_request(std::string_view field, std::string_view description) {
  google::rpc::BadRequest details;
  google::rpc::BadRequest_FieldViolation& violation = *details.add_field_violations();
  violation.set_field(std::string(field));
  violation.set_description(std::string(description));
  return detailed({Code::invalid_argument, std::string(field).append(": ").append(description)},
                  kServerDomain, "BAD_REQUEST", details);
}

Failure revision_conflict(const StateViolation& violation) {
  errors::StreamRevisionConflictErrorDetails details;
  details.set_stream(violation.stream);
  details.set_expected_revision(violation.expected);
  details.set_actual_revision(violation.actual);
  return detailed(
      {Code::failed_precondition, "Append failed due to a revision conflict on stream " +
                                      quoted(violation.stream) +
                                      ". Expected revision: " + std::to_string(violation.expected) +
                                      ". Actual revision: " + std::to_string(violation.actual)},
      kStreamsDomain, "STREAM_REVISION_CONFLICT", details);
}

Failure stream_tombstoned(std::string_view stream) {
  errors::StreamTombstonedErrorDetails details;
  details.set_stream(std::string(stream));
  return detailed({Code::failed_precondition, "Stream " + quoted(stream) + " is tombstoned."},
                  kStreamsDomain, "STREAM_TOMBSTONED", details);
}

Failure record_too_large(std::string_view stream, std::string_view record, std::uint64_t bytes,
                         std::uint64_t bytes_max) {
  errors::AppendRecordSizeExceededErrorDetails details;
  details.set_stream(std::string(stream));
  details.set_record_id(std::string(record));
  details.set_size(small(bytes));
  details.set_max_size(small(bytes_max));
  return detailed({Code::invalid_argument, "A record of stream " + quoted(stream) + " has " +
                                               std::to_string(bytes) + " bytes, at most " +
                                               std::to_string(bytes_max) + " are allowed."},
                  kStreamsDomain, "APPEND_RECORD_SIZE_EXCEEDED", details);
}

Failure transaction_too_large(std::uint64_t bytes, std::uint64_t bytes_max) {
  errors::AppendTransactionSizeExceededErrorDetails details;
  details.set_size(small(bytes));
  details.set_max_size(small(bytes_max));
  return detailed({Code::aborted, "The append has " + std::to_string(bytes) + " bytes, at most " +
                                      std::to_string(bytes_max) + " are allowed."},
                  kStreamsDomain, "APPEND_TRANSACTION_SIZE_EXCEEDED", details);
}

Failure stream_twice(std::string_view stream) {
  errors::StreamAlreadyInAppendSessionErrorDetails details;
  details.set_stream(std::string(stream));
  return detailed({Code::aborted, "Stream " + quoted(stream) + " is in the append twice."},
                  kStreamsDomain, "STREAM_ALREADY_IN_APPEND_SESSION", details);
}

Failure no_requests() {
  Failure failure(Code::failed_precondition, "The append session had no requests.");
  failure.details =
      begin_details(failure, kStreamsDomain, "APPEND_SESSION_NO_REQUESTS").SerializeAsString();
  return failure;
}

Failure consistency_violation(const std::vector<StateViolation>& violations) {
  errors::AppendConsistencyViolationErrorDetails details;
  for (const StateViolation& violation : violations) {
    errors::ConsistencyViolation& told = *details.add_violations();
    told.set_check_index(violation.check);
    told.mutable_stream_state()->set_stream(violation.stream);
    told.mutable_stream_state()->set_expected_state(violation.expected);
    told.mutable_stream_state()->set_actual_state(violation.actual);
  }
  return detailed(
      {Code::failed_precondition, "Append failed: " + std::to_string(violations.size()) +
                                      " of the consistency checks did not hold."},
      kStreamsDomain, "APPEND_CONSISTENCY_VIOLATION", details);
}

}  // namespace esker::server::kurrent
