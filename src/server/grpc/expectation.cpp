#include "server/grpc/expectation.hpp"

#include "esker/system_streams.hpp"
#include "server/grpc/links.hpp"
#include "server/grpc/numbers.hpp"
#include "streams.pb.h"

namespace esker::server::kurrent {
namespace {

constexpr std::string_view kAll = "$all";

Expected expectation_in(const streams::StreamExpectation& said) {
  switch (said.expected_stream_revision_case()) {
    case streams::StreamExpectation::kRevision:
      return expected_revision(said.revision());
    case streams::StreamExpectation::kNoStream:
      return Expected::no_stream();
    case streams::StreamExpectation::kStreamExists:
      return Expected::stream_exists();
    case streams::StreamExpectation::kAny:
    case streams::StreamExpectation::EXPECTED_STREAM_REVISION_NOT_SET:
      return Expected::any();
  }
  return Expected::any();
}

}  // namespace

Reply<ExpectedStream> expected_stream(std::string_view stream, Expected expected) {
  if (stream.empty() || stream == kMetadataMark) {
    return invalid_argument("the stream has no name");
  }
  return ExpectedStream{std::string(stream), expected};
}

Reply<ExpectedStream> expected_stream(const streams::StreamExpectation& said) {
  return expected_stream(said.stream_identifier().stream_name(), expectation_in(said));
}

Expected expected_revision(std::uint64_t revision) {
  return revision == kEndNumber ? Expected::no_stream() : Expected::exactly(version_of(revision));
}

Reply<void> check_writable(std::string_view stream) {
  if (stream == kAll || is_projection(stream)) return access_denied();
  return ok();
}

Reply<void> check_deletable(std::string_view stream) {
  if (stream.starts_with(kMetadataMark)) return access_denied();
  return check_writable(stream);
}

void tell_wrong_version(const Expected& expected, Version actual,
                        streams::AppendResp_WrongExpectedVersion& answer) {
  if (actual == Version()) {
    answer.mutable_no_stream_20_6_0();
    answer.mutable_current_no_stream();
  } else {
    answer.set_current_revision_20_6_0(revision_of(actual));
    answer.set_current_revision(revision_of(actual));
  }
  switch (expected.kind) {
    case Expected::Kind::any:
      answer.mutable_any_20_6_0();
      answer.mutable_expected_any();
      break;
    case Expected::Kind::no_stream:
      answer.set_expected_revision_20_6_0(kEndNumber);  // how those clients say it
      answer.mutable_expected_no_stream();
      break;
    case Expected::Kind::stream_exists:
      answer.mutable_stream_exists_20_6_0();
      answer.mutable_expected_stream_exists();
      break;
    case Expected::Kind::version:
      answer.set_expected_revision_20_6_0(revision_of(expected.version));
      answer.set_expected_revision(revision_of(expected.version));
      break;
  }
}

}  // namespace esker::server::kurrent
