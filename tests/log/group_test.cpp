#include "log/group.hpp"

#include <algorithm>

#include "log/log_fixture.hpp"

namespace esker::log {

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(LogFixture, "group: its records can be looked at before they are written") {
    open();
    committed(2);
    const Result<Group> built = build(3, 200);
    REQUIRE(built.has_value());
    const Group& group = built.assume_value();
    CHECK(group.first == Position(3));
    CHECK(group.end() == Position(6));
    CHECK(group.bytes_end() == group.begin.plus(group.bytes.size()));
    for (Position at = group.first; at < group.end(); at = at.next()) {
      const format::RecordView record = group.record(at);
      CHECK(record.position == at);
      CHECK(record.commit_end == (at == Position(5)));
      const std::vector<std::byte> data = data_of(at, 200);
      CHECK(std::equal(data.begin(), data.end(), record.data.begin(), record.data.end()));
    }
  }
}

}  // namespace esker::log
