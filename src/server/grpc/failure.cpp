#include "server/grpc/failure.hpp"

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "server/grpc/numbers.hpp"

namespace esker::server::kurrent {
namespace {

// Whose names the messages of the store's errors are in, and which clients look at, is told by what they are about.
Code code_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
    case Errc::too_large:
    case Errc::position_ahead:
      return Code::invalid_argument;
    case Errc::wrong_version:
    case Errc::partial_match:
    case Errc::condition_failed:
    case Errc::tombstoned:
    case Errc::not_supported:
      return Code::failed_precondition;
    case Errc::not_found:
      return Code::not_found;
    case Errc::no_space:
      return Code::resource_exhausted;
    case Errc::outcome_unknown:
      return Code::aborted;
    case Errc::corrupt:
      return Code::data_loss;
    case Errc::busy:
    case Errc::locked:
    case Errc::unavailable:
    case Errc::closed:
    case Errc::store_failed:
      return Code::unavailable;
    case Errc::io_error:
    case Errc::protocol:
      return Code::internal;
  }
  return Code::internal;
}

Failure from(const Error& error) {
  if (error.code() == Errc::tombstoned && !error.conflicts().empty()) {
    return stream_deleted(error.conflicts().front().stream);
  }
  return {code_of(error.code()), error.message()};
}

}  // namespace

Failure::Failure(const Error& error) : Failure(from(error)) {}

::grpc::Status Failure::finish(::grpc::ServerContextBase& context) const {
  for (const auto& [name, value] : trailers) context.AddTrailingMetadata(name, value);
  return {static_cast<::grpc::StatusCode>(code), message, details};
}

Failure stream_deleted(std::string_view stream) {
  return {Code::failed_precondition,
          "Event stream '" + std::string(stream) + "' is deleted.",
          {{"exception", "stream-deleted"}, {"stream-name", trailer_text(stream)}}};
}

Failure wrong_expected_version(std::string_view stream, const Expected& expected, Version actual) {
  const std::string wanted = std::to_string(signed_expectation(expected));
  const std::string is =
      actual == Version() ? std::string("-1") : std::to_string(revision_of(actual));
  return {Code::failed_precondition,
          "Delete failed due to WrongExpectedVersion. Stream: " + std::string(stream) +
              ", Expected version: " + wanted + ", Actual version: " + is,
          {{"exception", "wrong-expected-version"},
           {"stream-name", trailer_text(stream)},
           {"expected-version", wanted},
           {"actual-version", is}}};
}

Failure access_denied() {
  return {Code::permission_denied, "Access Denied", {{"exception", "access-denied"}}};
}

Failure append_too_large(std::uint64_t bytes_max) {
  const std::string most = std::to_string(bytes_max);
  return {Code::invalid_argument,
          "Maximum Append Size of " + most + " Exceeded.",
          {{"exception", "maximum-append-size-exceeded"}, {"maximum-append-size", most}}};
}

Failure missing_metadata(std::string_view property) {
  return {Code::invalid_argument,
          "Required Metadata Property '" + std::string(property) + "' is missing",
          {{"exception", "missing-required-metadata-property"},
           {"required-metadata-properties", "type,content-type"}}};
}

Failure invalid_argument(std::string message) {
  return {Code::invalid_argument, std::move(message)};
}

Failure too_busy() { return {Code::unavailable, "Server Is Too Busy"}; }

Failure shutting_down() { return {Code::unavailable, "Server Is Shutting Down"}; }

Failure cancelled() { return {Code::cancelled, "cancelled"}; }

std::string trailer_text(std::string_view text) {
  std::string printable;
  for (const char c : text) {
    if (c >= 0x20 && c < 0x7f) printable += c;
  }
  return printable;
}

std::int64_t signed_expectation(const Expected& expected) {
  switch (expected.kind) {
    case Expected::Kind::any:
      return -2;
    case Expected::Kind::no_stream:
      return -1;
    case Expected::Kind::stream_exists:
      return -4;
    case Expected::Kind::version:
      return static_cast<std::int64_t>(revision_of(expected.version));
  }
  return -2;
}

}  // namespace esker::server::kurrent
