#pragma once

#include <string>
#include <string_view>

#include "esker/append.hpp"
#include "server/grpc/failure.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// A stream, and what it is to be like.
struct ExpectedStream {
  std::string stream;
  Expected expected;
};

/// What a request says of its stream. Failures: no name, or one that no stream can have.
Reply<ExpectedStream> expected_stream(const streams::StreamExpectation& said);
/// The same, when what is expected has been understood already.
Reply<ExpectedStream> expected_stream(std::string_view stream, Expected expected);

/// As a revision: the greatest number means that there is no stream.
[[nodiscard]] Expected expected_revision(std::uint64_t revision);

/// Fails for streams that nobody can write: `$all` and those of the system projections.
Reply<void> check_writable(std::string_view stream);
/// The same for what deletes: neither can a stream's metadata be deleted.
Reply<void> check_deletable(std::string_view stream);

/// The answer that tells of a wrong expectation. `actual`: the stream's version; 0: there is none.
void tell_wrong_version(const Expected& expected, Version actual,
                        streams::AppendResp_WrongExpectedVersion& answer);

}  // namespace esker::server::kurrent
