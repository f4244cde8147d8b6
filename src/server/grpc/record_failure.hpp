#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/grpc/failure.hpp"

/// How the calls of the second version fail: a status with details, of which the last is the one that clients look at.
namespace esker::server::kurrent {

/// What a stream is, in the numbers of that version; others are revisions.
inline constexpr std::int64_t kNoStream = -1;
inline constexpr std::int64_t kAnyState = -2;
inline constexpr std::int64_t kExists = -4;
inline constexpr std::int64_t kDeletedState = -5;
inline constexpr std::int64_t kTombstonedState = -6;

/// A stream that is not as was asked for.
struct StateViolation {
  std::int32_t check = 0;  ///< Which of the checks.
  std::string stream;
  std::int64_t expected = 0;
  std::int64_t actual = 0;
};

[[nodiscard]] Failure bad_request(std::string_view field, std::string_view description);
[[nodiscard]] Failure revision_conflict(const StateViolation& violation);
[[nodiscard]] Failure stream_tombstoned(std::string_view stream);
[[nodiscard]] Failure record_too_large(std::string_view stream, std::string_view record,
                                       std::uint64_t bytes, std::uint64_t bytes_max);
[[nodiscard]] Failure transaction_too_large(std::uint64_t bytes, std::uint64_t bytes_max);
[[nodiscard]] Failure stream_twice(std::string_view stream);
[[nodiscard]] Failure no_requests();
[[nodiscard]] Failure consistency_violation(const std::vector<StateViolation>& violations);

}  // namespace esker::server::kurrent
