#include "server/grpc/uuid_message.hpp"

#include <doctest/doctest.h>

#include "shared.pb.h"

namespace esker::server::kurrent {
namespace {

using event_store::client::UUID;

TEST_SUITE("server") {
  TEST_CASE("uuid message: two big-endian numbers, or text") {
    const Uuid uuid = Uuid::parse("80000000-0000-0001-ff00-000000000002").value();
    UUID numbers;
    write_uuid(uuid, IdForm::numbers, numbers);
    CHECK(numbers.structured().most_significant_bits() == INT64_MIN + 1);
    CHECK(numbers.structured().least_significant_bits() ==
          static_cast<std::int64_t>(0xff00000000000002U));
    CHECK(uuid_in(numbers) == uuid);
    UUID text;
    write_uuid(uuid, IdForm::text, text);
    CHECK(text.string() == "80000000-0000-0001-ff00-000000000002");
    CHECK(uuid_in(text) == uuid);
  }

  TEST_CASE("uuid message: nothing and nonsense are no ids") {
    CHECK(!uuid_in(UUID()));
    UUID text;
    text.set_string("80000000");
    CHECK(!uuid_in(text));
  }
}

}  // namespace
}  // namespace esker::server::kurrent
