#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "esker/append.hpp"
#include "esker/error.hpp"
#include "esker/result.hpp"
#include "server/grpc/wire.hpp"

/// How calls fail: the statuses, texts and trailers by which KurrentDB's clients tell one error from another. All of them are made here.
namespace esker::server::kurrent {

/// gRPC's status codes, by number.
enum class Code : std::uint8_t {
  cancelled = 1,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
};

/// Why a call fails, as its client is told.
struct Failure {
  using Trailers = std::vector<std::pair<std::string, std::string>>;

  Failure(Code code_, std::string message_, Trailers trailers_ = {})
      : code(code_), message(std::move(message_)), trailers(std::move(trailers_)) {}
  /// What the store or we found wrong. Of an append that failed its checks: the first of them.
  Failure(const Error& error);  // NOLINT(google-explicit-constructor): for ESKER_TRY

  Code code;
  std::string message;
  Trailers trailers;
  /// The encoded google.rpc.Status that goes with it; empty: none.
  std::string details{};

  /// The call's last word; puts the trailers where they belong. `context` is the call's.
  [[nodiscard]] ::grpc::Status finish(::grpc::ServerContextBase& context) const;
};

/// A value or a `Failure`; `ESKER_TRY` takes results of ours, too.
template <class T>
using Reply = boost::outcome_v2::basic_result<T, Failure, boost::outcome_v2::policy::terminate>;

/// The stream has been ended for ever, or has been deleted and was expected to exist.
[[nodiscard]] Failure stream_deleted(std::string_view stream);
/// A deletion of a stream that is not as expected. `actual`: its version; 0: there is none.
[[nodiscard]] Failure wrong_expected_version(std::string_view stream, const Expected& expected,
                                             Version actual);
[[nodiscard]] Failure access_denied();
[[nodiscard]] Failure append_too_large(std::uint64_t bytes_max);
[[nodiscard]] Failure missing_metadata(std::string_view property);
[[nodiscard]] Failure invalid_argument(std::string message);
[[nodiscard]] Failure too_busy();
[[nodiscard]] Failure shutting_down();
/// Somebody gave up; nobody is told.
[[nodiscard]] Failure cancelled();

/// A stream name that a trailer can carry: what is not printable ASCII is left out.
[[nodiscard]] std::string trailer_text(std::string_view text);

/// As trailers have it: -2 any, -1 no stream, -4 exists, otherwise the revision.
[[nodiscard]] std::int64_t signed_expectation(const Expected& expected);

}  // namespace esker::server::kurrent
