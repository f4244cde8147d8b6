#include "engine/check_same.hpp"

#include <doctest/doctest.h>

namespace esker::tests {

void check_same(const Result<AppendResult>& actual, const Result<AppendResult>& expected) {
  REQUIRE(actual.has_value() == expected.has_value());
  if (!actual) {
    const Error& error = actual.assume_error();
    REQUIRE(errc_name(error.code()) == errc_name(expected.assume_error().code()));
    const std::vector<Conflict>& conflicts = expected.assume_error().conflicts();
    REQUIRE(error.conflicts().size() == conflicts.size());
    for (std::size_t i = 0; i < conflicts.size(); ++i) {
      CHECK(error.conflicts()[i].stream == conflicts[i].stream);
      CHECK(error.conflicts()[i].actual == conflicts[i].actual);
      CHECK(error.conflicts()[i].position == conflicts[i].position);
      CHECK(error.conflicts()[i].event_type == conflicts[i].event_type);
    }
    return;
  }
  const AppendResult& result = actual.assume_value();
  const AppendResult& wanted = expected.assume_value();
  REQUIRE(result.outcome == wanted.outcome);
  REQUIRE(result.streams.size() == wanted.streams.size());
  for (std::size_t i = 0; i < wanted.streams.size(); ++i) {
    CHECK(result.streams[i].first_version == wanted.streams[i].first_version);
    CHECK(result.streams[i].last_version == wanted.streams[i].last_version);
    CHECK(result.streams[i].first_position == wanted.streams[i].first_position);
    CHECK(result.streams[i].last_position == wanted.streams[i].last_position);
  }
}

void check_same(const Result<std::vector<ModelEvent>>& actual,
                const Result<std::vector<ModelEvent>>& expected) {
  REQUIRE(actual.has_value() == expected.has_value());
  if (!actual) {
    CHECK(errc_name(actual.assume_error().code()) == errc_name(expected.assume_error().code()));
  } else {
    CHECK(actual.assume_value() == expected.assume_value());
  }
}

}  // namespace esker::tests
