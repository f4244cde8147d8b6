#include "proof/verify.hpp"

#include <cerrno>

#include "log/damage_fixture.hpp"
#include "proof/trees.hpp"

namespace esker::proof {
namespace {

class Fixture : public log::DamageFixture {
 protected:
  /// A closed store of so many events, all of them in tree files.
  void make_store(std::uint64_t events) {
    options_.segment_bytes = 4 << 20;
    open();
    while (log_->visible().value() < events) committed(200, 1);
    Result<std::unique_ptr<Trees>> trees = Trees::open(*directory_, *log_);
    REQUIRE(trees);
    while (!trees.assume_value()->make_durable(log_->visible()).assume_value()) {
    }
    close();
  }

  TreeReport verify_trees() {
    faults_.clear();
    notes_.clear();
    const Verified log = verify();
    TreeVerifyCallbacks callbacks{
        .on_fault = [this](const log::Finding& found) { faults_.push_back(found); },
        .on_note = [this](const log::Finding& found) { notes_.push_back(found); },
        .on_progress = [](std::uint64_t done, std::uint64_t total) { CHECK(done <= total); }};
    Result<TreeReport> report = verify_tree_files(*directory_, log.report, callbacks);
    REQUIRE_MESSAGE(report, report.assume_error().message());
    CHECK(report.assume_value().faults == faults_.size());
    return report.assume_value();
  }

  /// There is one fault, of the tree file with this index.
  void check_fault(std::uint64_t index, const std::string& what) {
    verify_trees();
    REQUIRE(faults_.size() == 1);
    CHECK(faults_[0].file == directory_->path() + "/" + format::tree_file_name(index));
    CHECK_MESSAGE(faults_[0].reason.find(what) != std::string::npos, faults_[0].reason);
  }

  /// Replaces a file by one with these leaves.
  void rewrite(std::uint64_t index, std::uint64_t leaves) {
    const Verified log = verify();
    format::TreeNodes nodes;
    for (std::uint64_t i = 0; i < leaves; ++i) nodes.push(hasher_, TreeHash());
    REQUIRE(write_tree_file(*directory_, log.report.store, index, nodes, leaves));
  }

  /// Cuts the files, and returns what was done.
  std::vector<std::string> cut(std::uint64_t last, bool dry_run = false) {
    std::vector<std::string> actions;
    log::SetAside::Make make = [this]() -> Result<std::unique_ptr<io::Directory>> {
      return disk_.open_directory(aside_);
    };
    log::SetAside set_aside(*directory_, make);
    UniqueFunction<void(const std::string&)> on_action = [&](const std::string& line) {
      actions.push_back(line);
    };
    const Uuid store = verify().report.store;
    const auto done =
        cut_tree_files(*directory_, store, {Position(last), dry_run}, set_aside, on_action);
    REQUIRE_MESSAGE(done, done.assume_error().message());
    CHECK(done.assume_value() == actions.size());
    return actions;
  }

  static constexpr std::uint64_t kFull = format::kTreeFileLeaves;
  format::TreeHasher hasher_;
  std::string aside_ = "/aside";
  std::vector<log::Finding> faults_;
  std::vector<log::Finding> notes_;
};

}  // namespace

TEST_SUITE("proof") {
  TEST_CASE_FIXTURE(Fixture, "tree verify: a whole tree has no fault") {
    make_store(kFull + 1000);
    const TreeReport report = verify_trees();
    CHECK(report.files == 2);
    CHECK(report.leaves >= kFull + 1000);
    CHECK(report.bytes == disk_.bytes(format::tree_file_name(0)).size() +
                              disk_.bytes(format::tree_file_name(1)).size());
    CHECK(report.faults == 0);
    CHECK(notes_.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "tree verify: damage and hashes of other events are found") {
    make_store(kFull + 1000);
    SUBCASE("a header") {
      disk_.damage(format::tree_file_name(0), 40, as_bytes("damage"));
      check_fault(0, "made again from the log");
    }
    SUBCASE("a leaf") {
      disk_.damage(format::tree_file_name(0), 100'000, as_bytes("damage"));
      check_fault(0, "add up");
    }
    SUBCASE("the last one") {
      disk_.damage(format::tree_file_name(1), 4000, as_bytes("damage"));
      check_fault(1, "checksum");
    }
    SUBCASE("other leaves that add up") {
      rewrite(1, 300);
      check_fault(1, "position 65537 is not that of the event in the log");
      CHECK(faults_[0].offset == FileOffset(format::kTreeFileHeaderBytes + TreeHash::kBytes));
    }
  }

  TEST_CASE_FIXTURE(Fixture, "tree verify: what is missing, or knows more than the log, is told") {
    make_store(kFull + 1000);
    REQUIRE(directory_->remove(format::tree_file_name(0), {"test.remove"}));
    CHECK(verify_trees().missing == 1);
    CHECK(faults_.empty());
    rewrite(2, 3);
    CHECK(verify_trees().faults == 0);
    REQUIRE(notes_.size() == 1);
    CHECK(notes_[0].reason.find("behind the log's end") != std::string::npos);
    for (const std::uint64_t index : {1, 2}) {
      REQUIRE(directory_->remove(format::tree_file_name(index), {"test.remove"}));
    }
    CHECK(verify_trees().files == 0);
    CHECK(verify_trees().missing == 0);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "tree verify: a gap that spans two files can be made again of neither") {
    make_store(2 * kFull + 1000);
    open();
    fill_segments(log_->segments()->all().size() + 1);
    release(Position(kFull - 500), Position(kFull + 500));
    close();
    CHECK(verify_trees().faults == 0);
    for (const std::uint64_t index : {0, 1}) {
      CAPTURE(index);
      const std::string name = format::tree_file_name(index);
      REQUIRE(directory_->rename(name, "aside", {"test.rename"}));
      check_fault(index, "cannot be made again since compaction has released events of it");
      REQUIRE(directory_->rename("aside", name, {"test.rename"}));
    }
  }

  TEST_CASE_FIXTURE(Fixture, "tree cut: what is behind the end is set aside, and forgotten") {
    make_store(kFull + 1000);
    const std::vector<std::byte> first = disk_.bytes(format::tree_file_name(0));
    CHECK(cut(kFull + 2000).empty());
    CHECK(cut(400, true).size() == 2);
    CHECK(disk_.bytes(format::tree_file_name(0)) == first);
    CHECK(cut(400).size() == 2);
    CHECK(list_tree_files(*directory_).assume_value() == std::vector<std::uint64_t>{0});
    const Uuid store = verify().report.store;
    const auto file = TreeFile::open(*directory_, store, 0);
    REQUIRE(file);
    CHECK(file.assume_value()->header().leaves == 400);
    CHECK(verify_trees().faults == 0);
    CHECK(disk_.bytes(format::tree_file_name(0), "/aside") == first);
    CHECK(disk_.names("/aside").size() == 2);
    CHECK(cut(400).empty());
    aside_ = "/aside2";
    CHECK(cut(0).size() == 1);
    CHECK(verify_trees().files == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "tree cut: what is aside is durable before anything is gone") {
    make_store(1000);
    const std::vector<std::byte> bytes = disk_.bytes(format::tree_file_name(0));
    const std::unique_ptr<sim::SimDisk> start = disk_.clone();
    const Uuid store = verify().report.store;
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      const std::unique_ptr<sim::SimDisk> disk = start->clone();
      const std::unique_ptr<io::Directory> directory = disk->open_directory("/sim");
      log::SetAside::Make make = [&]() -> Result<std::unique_ptr<io::Directory>> {
        return disk->open_directory("/aside");
      };
      log::SetAside set_aside(*directory, make);
      UniqueFunction<void(const std::string&)> on_action = [](const std::string&) {};
      disk->stop_at_call(call);
      const bool done =
          cut_tree_files(*directory, store, {Position(300)}, set_aside, on_action).has_value();
      const bool stopped = disk->stopped();
      disk->crash_power(sim::CrashPolicy::none());
      const auto here = disk->bytes(format::tree_file_name(0));
      const bool as_it_was = here == bytes;
      CHECK((as_it_was || disk->bytes(format::tree_file_name(0), "/aside") == bytes));
      if (done) CHECK(here.size() < bytes.size());
      if (!stopped) break;
    }
  }
}

}  // namespace esker::proof
