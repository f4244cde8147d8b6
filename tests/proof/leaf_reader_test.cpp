#include "proof/leaf_reader.hpp"

#include <doctest/doctest.h>

#include "log/log_fixture.hpp"

namespace esker::proof {
namespace {

class Fixture : public log::LogFixture {};

}  // namespace

TEST_SUITE("proof") {
  TEST_CASE_FIXTURE(Fixture,
                    "leaf reader: a leaf is the hash of the record, in whichever segment") {
    open();
    fill_segments(3);
    committed(2);
    LeafReader reader(*log_);
    format::TreeHasher hasher;
    const auto segments = log_->segments();
    for (Position at(1); at <= log_->visible(); at = at.next()) {
      const Result<format::RecordView> record = segments->find(at)->read(at);
      CHECK(reader.leaf(hasher, at).assume_value() == hasher.leaf(record.assume_value()));
    }
    // Back again.
    CHECK(reader.leaf(hasher, Position(1)));
  }

  TEST_CASE_FIXTURE(Fixture, "leaf reader: a damaged record is told with its place") {
    open();
    fill_segments(2);
    drop();
    open();
    flip(file(1), 4096 + 80);
    LeafReader reader(*log_);
    format::TreeHasher hasher;
    const Result<TreeHash> leaf = reader.leaf(hasher, Position(1));
    REQUIRE_FALSE(leaf);
    CHECK(leaf.assume_error().code() == Errc::corrupt);
    CHECK(leaf.assume_error().message().find(file(1)) != std::string::npos);
  }
}

}  // namespace esker::proof
