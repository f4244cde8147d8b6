#include "proof/trees.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "log/log_fixture.hpp"

namespace esker::proof {
namespace {

class Fixture : public log::LogFixture {
 protected:
  void open_trees() {
    Result<std::unique_ptr<Trees>> opened = Trees::open(*directory_, *log_);
    REQUIRE(opened);
    trees_ = std::move(opened).assume_value();
  }

  /// A file with five leaves that are nothing's.
  void write_file(std::uint64_t index) {
    format::TreeHasher hasher;
    format::TreeNodes nodes;
    for (int i = 0; i < 5; ++i) nodes.push(hasher, TreeHash());
    REQUIRE(write_tree_file(*directory_, log_->store_id(), index, nodes, 5));
  }

  std::unique_ptr<Trees> trees_;
};

}  // namespace

TEST_SUITE("proof") {
  TEST_CASE_FIXTURE(Fixture, "trees: the first file says that the store keeps a tree") {
    open();
    CHECK_FALSE(Trees::kept(*directory_).assume_value());
    open_trees();
    CHECK_FALSE(trees_->step());
    CHECK_FALSE(Trees::kept(*directory_).assume_value());
    committed(3);
    while (trees_->step()) {
    }
    CHECK(Trees::kept(*directory_).assume_value());
    CHECK(trees_->end() == Position(3));
    CHECK(trees_->durable_end() == Position(3));
    CHECK_FALSE(trees_->due());
    CHECK_FALSE(trees_->lags());
  }

  TEST_CASE_FIXTURE(Fixture, "trees: no file knows more than what is durable") {
    options_.durability = Durability::every(std::chrono::milliseconds(100));
    open();
    open_trees();
    committed(5);
    REQUIRE(log_->synced() == Position());
    CHECK(trees_->root(Position(5)));
    while (trees_->step()) {
    }
    CHECK(trees_->end() == Position(5));
    CHECK(trees_->durable_end() == Position());
    clock_.advance(std::chrono::seconds(1));
    REQUIRE(log_->sync_if_due());
    while (trees_->step()) {
    }
    CHECK(trees_->durable_end() == Position(5));
  }

  TEST_CASE_FIXTURE(Fixture,
                    "trees: what has been hashed is saved, so that it is not hashed again") {
    open();
    open_trees();
    committed(5);
    CHECK(trees_->root(Position(3)));
    trees_->save();
    trees_.reset();
    open_trees();
    CHECK(trees_->end() == Position(5));
    // Nobody has asked, but the store keeps a tree.
    trees_.reset();
    REQUIRE(directory_->remove(format::tree_file_name(0), {"test"}));
    open_trees();
    trees_->save();
    CHECK(Trees::kept(*directory_).assume_value());
  }

  TEST_CASE_FIXTURE(Fixture, "trees: durable as far as compaction wants it, in bounded pieces") {
    open();
    open_trees();
    fill_segments(3);
    const Position last = log_->segments()->all().front()->footer().first;
    int pieces = 0;
    while (!trees_->make_durable(last).assume_value()) ++pieces;
    CHECK(pieces >= 1);
    CHECK(trees_->durable_end() >= last);
    CHECK(trees_->make_durable(last).assume_value());
  }

  TEST_CASE_FIXTURE(Fixture, "trees: what a file knows and the log does not is forgotten at once") {
    open();
    committed(2);
    write_file(0);
    write_file(1);
    open_trees();
    CHECK(trees_->end() == Position(2));
    CHECK(trees_->durable_end() == Position(2));
    CHECK(list_tree_files(*directory_).assume_value() == std::vector<std::uint64_t>{0});
    committed(1);
    CHECK(trees_->root(Position(3)));
    // Durable before the log went on.
    trees_.reset();
    crash(sim::CrashPolicy::none());
    open_trees();
    CHECK(trees_->end() == Position(2));
  }

  TEST_CASE_FIXTURE(Fixture, "trees: a file that cannot be read is neither taken over nor lost") {
    open();
    committed(2);
    write_file(0);
    const std::string name = format::tree_file_name(0);
    const std::vector<std::byte> bytes = disk_.bytes(name);
    const auto refused = [&] {
      const auto opened = Trees::open(*directory_, *log_);
      REQUIRE_FALSE(opened);
      CHECK(opened.assume_error().code() == Errc::io_error);
      CHECK(disk_.bytes(name) == bytes);
    };
    for (const std::uint64_t nth : {1, 2}) {
      CAPTURE(nth);
      disk_.add_fault({.call = sim::Call::pread, .site = "proof.read", .nth = nth, .error = EIO});
      refused();
    }
    disk_.add_fault({.call = sim::Call::openat, .site = "proof.open", .error = EIO});
    refused();
    // What is damaged is kept, out of the way, when it reaches behind the log's end.
    disk_.damage(name, format::kTreeFileHeaderBytes, as_bytes("damage"));
    open_trees();
    CHECK(trees_->end() == Position());
    CHECK(disk_.bytes("set-aside-" + name).size() == bytes.size());
  }

  TEST_CASE_FIXTURE(Fixture,
                    "trees: a damaged file is replaced when all of it has been made again") {
    open();
    while (log_->visible() < Position(9000)) committed(200, 10);
    open_trees();
    while (!trees_->make_durable(Position(9000)).assume_value()) {
    }
    const Root root = trees_->root(Position(9000)).assume_value();
    trees_.reset();
    const std::string name = format::tree_file_name(0);
    disk_.damage(name, 40, as_bytes("damage"));
    const std::vector<std::byte> damaged = disk_.bytes(name);
    open_trees();
    REQUIRE(trees_->step());
    REQUIRE(trees_->step());
    CHECK(disk_.bytes(name) == damaged);
    while (trees_->step()) {
    }
    CHECK(trees_->root(Position(9000)).assume_value() == root);
    CHECK(trees_->durable_end() == log_->visible());
    trees_.reset();
    open_trees();
    CHECK(trees_->end() == log_->visible());
  }

  TEST_CASE_FIXTURE(Fixture, "trees: a full disk stops no proof of what is in memory") {
    open();
    open_trees();
    committed(5);
    disk_.add_fault({.call = sim::Call::pwrite, .site = "proof.write", .error = ENOSPC});
    while (trees_->step()) {
    }
    CHECK(trees_->end() == Position(5));
    CHECK(trees_->durable_end() == Position());
    CHECK(trees_->due() > clock_.monotonic());
    clock_.advance(std::chrono::seconds(2));
    while (trees_->step()) {
    }
    CHECK(trees_->durable_end() == Position(5));
  }
}

}  // namespace esker::proof
