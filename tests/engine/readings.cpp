#include "engine/readings.hpp"

#include <doctest/doctest.h>

#include "log/verify.hpp"

namespace esker::tests {

Readings read_each(SimStore& store, const std::vector<Query>& queries) {
  Readings readings;
  for (const Query& query : queries) {
    Result<std::vector<ModelEvent>> events = store.read(query);
    REQUIRE_MESSAGE(events.has_value(), events.assume_error().message());
    readings.push_back(std::move(events).assume_value());
  }
  return readings;
}

void check_verified(SimStore& store) {
  const std::unique_ptr<io::Directory> directory = store.disk().open_directory();
  log::VerifyCallbacks callbacks;
  callbacks.on_fault = [](const log::Finding& fault) {
    FAIL_CHECK(fault.file << " at " << fault.offset.value() << ": " << fault.reason);
  };
  callbacks.on_note = [](const log::Finding&) {};
  callbacks.on_progress = [](std::uint64_t, std::uint64_t) {};
  CHECK(log::verify_log(*directory, callbacks).has_value());
}

}  // namespace esker::tests
