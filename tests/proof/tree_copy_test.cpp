#include "proof/tree_copy.hpp"

#include <cerrno>

#include "log/copy_fixture.hpp"
#include "proof/trees.hpp"

namespace esker::proof {
namespace {

using log::CopyOptions;
using log::CopyReport;

class Fixture : public log::CopyFixture {
 protected:
  Fixture() {
    other_files_ = [](io::Directory& from, io::Directory& to, const CopyOptions& options,
                      CopyReport& report) { return copy_tree_files(from, to, options, report); };
  }

  /// A closed store of so many events, all of them in tree files.
  void make_store(std::uint64_t events) {
    options_.segment_bytes = 4 << 20;
    open();
    while (log_->visible().value() < events) committed(200, 1);
    make_files();
  }

  /// Of the store that is open; it is closed then.
  void make_files() {
    Result<std::unique_ptr<Trees>> trees = Trees::open(*directory_, *log_);
    REQUIRE(trees);
    while (!trees.assume_value()->make_durable(log_->visible()).assume_value()) {
    }
    close();
  }

  /// How far the store in `path` has tree files, and its root there.
  Root root_of(const std::string& path) {
    look_at(path);
    open();
    Root root;
    {
      Result<std::unique_ptr<Trees>> trees = Trees::open(*directory_, *log_);
      REQUIRE(trees);
      root = trees.assume_value()->root(trees.assume_value()->durable_end()).assume_value();
    }
    close();
    return root;
  }

  /// A root that the tree of the store in `path` can be made to have.
  Root root_at(const std::string& path, Position position) {
    look_at(path);
    open();
    Root root;
    {
      Result<std::unique_ptr<Trees>> trees = Trees::open(*directory_, *log_);
      REQUIRE(trees);
      while (trees.assume_value()->step()) {
      }
      root = trees.assume_value()->root(position).assume_value();
    }
    close();
    return root;
  }

  [[nodiscard]] bool same_bytes(std::uint64_t index, const std::string& path) const {
    const std::string name = format::tree_file_name(index);
    return disk_.bytes(name, path) == disk_.bytes(name, "/sim");
  }

  static constexpr std::uint64_t kFull = format::kTreeFileLeaves;
};

}  // namespace

TEST_SUITE("proof") {
  TEST_CASE_FIXTURE(Fixture, "tree copy: a copy has the source's hashes up to its end") {
    make_store(1000);
    CopyReport report = copy("/copy");
    CHECK(same_bytes(0, "/copy"));
    CHECK(root_of("/copy") == root_of("/sim"));
    report = copy("/cut", {.limit = {.position = Position(401)}});
    CHECK(report.last == Position(400));
    const Root cut = root_of("/cut");
    CHECK(cut.position == Position(400));
    CHECK(cut == root_at("/sim", Position(400)));
    // What the copy is given then is its own.
    look_at("/cut");
    open();
    committed(5);
    make_files();
    CHECK(root_at("/cut", Position(400)) == cut);
    CHECK(root_at("/cut", Position(405)) != root_at("/sim", Position(405)));
    copy("/none", {.limit = {.position = Position(3)}});
    CHECK_FALSE(Trees::kept(*disk_.open_directory("/none")).assume_value());
  }

  TEST_CASE_FIXTURE(Fixture,
                    "tree copy: full files are shared when all of their events are there") {
    make_store(kFull + 1000);
    const std::uint64_t full_bytes = disk_.bytes(format::tree_file_name(0)).size();
    const CopyReport with = copy("/linked");
    other_files_ = nullptr;
    const CopyReport without = copy("/without");
    CHECK(with.bytes_linked == without.bytes_linked + full_bytes);
    CHECK(disk_.names("/without").size() + 2 == disk_.names("/linked").size());
    CHECK(same_bytes(0, "/linked"));
    CHECK(same_bytes(1, "/linked"));
  }

  TEST_CASE_FIXTURE(Fixture, "tree copy: real copies share with an earlier one, or nothing") {
    make_store(kFull + 1000);
    const CopyReport first = copy("/first", {.real_copies = true});
    CHECK(first.bytes_linked == 0);
    const std::unique_ptr<io::Directory> base = disk_.open_directory("/first");
    const CopyReport second = copy("/second", {.real_copies = true, .base = base.get()});
    CHECK(second.bytes_base >= disk_.bytes(format::tree_file_name(0)).size());
    const CopyReport cut =
        copy("/cut", {.limit = {.position = Position(kFull - 1)}, .base = base.get()});
    REQUIRE(cut.last < Position(kFull));
    for (const std::string path : {"/first", "/second"}) {
      CAPTURE(path);
      CHECK(same_bytes(0, path));
      CHECK(same_bytes(1, path));
    }
    CHECK(root_of("/cut") == root_at("/sim", cut.last));
  }

  TEST_CASE_FIXTURE(Fixture, "tree copy: damage is named, and nothing is left") {
    make_store(kFull + 1000);
    std::string name = format::tree_file_name(0);
    CopyOptions options;
    SUBCASE("in a full file") {}
    SUBCASE("in a full one, of which a part is wanted") { options.limit.position = Position(900); }
    SUBCASE("in the last one") { name = format::tree_file_name(1); }
    disk_.damage(name, 10000, as_bytes("damage"));
    const Result<CopyReport> report = try_copy("/copy", options);
    REQUIRE_FALSE(report);
    CHECK(report.assume_error().code() == Errc::corrupt);
    CHECK(report.assume_error().message().find("/sim/" + name) != std::string::npos);
    CHECK(disk_.names("/copy").empty());
  }

  TEST_CASE_FIXTURE(Fixture, "tree copy: a crash at any call leaves no store or all of its tree") {
    make_store(1000);
    CopyOptions options;
    std::uint64_t events = 1000;
    SUBCASE("whole") {}
    SUBCASE("cut") {
      options.limit.position = Position(450);
      events = 400;
    }
    const Root root = root_at("/sim", Position(events));
    const std::unique_ptr<sim::SimDisk> start = disk_.clone();
    const auto check = [&](sim::SimDisk& disk, bool finished) {
      const std::unique_ptr<io::Directory> target = disk.open_directory("/copy");
      log::LogOptions log_options = options_;
      log_options.create = false;
      const auto log = log::Log::open(*target, clock_, log_options);
      if (log.has_error()) {
        CHECK_FALSE(finished);
        return;
      }
      const auto trees = Trees::open(*target, *log.assume_value());
      REQUIRE(trees);
      CHECK(trees.assume_value()->durable_end() == Position(events));
      CHECK(trees.assume_value()->root(Position(events)).assume_value() == root);
    };
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(call);
      const std::unique_ptr<sim::SimDisk> disk = start->clone();
      disk->stop_at_call(call);
      const bool done = try_copy(*disk, "/copy", options).has_value();
      const bool stopped = disk->stopped();
      for (const sim::CrashPolicy& policy :
           {sim::CrashPolicy::none(), sim::CrashPolicy::all(), sim::CrashPolicy::random(call)}) {
        const std::unique_ptr<sim::SimDisk> crashed = disk->clone();
        crashed->crash_power(policy);
        check(*crashed->clone(), done);
        const Result<CopyReport> again = try_copy(*crashed, "/copy", options);
        if (!again) CHECK(again.assume_error().code() == Errc::invalid_argument);
        check(*crashed, true);
      }
      if (!stopped) break;
    }
  }

  TEST_CASE_FIXTURE(Fixture, "tree copy: after an error at any call nothing is left") {
    make_store(kFull + 200);
    for (const bool real : {false, true}) {
      for (std::uint64_t nth = 1;; ++nth) {
        CAPTURE(real);
        CAPTURE(nth);
        const std::string to = "/copy" + std::to_string(nth) + (real ? "r" : "l");
        disk_.add_fault({.site = "proof.*", .nth = nth, .error = ENOSPC});
        const Result<CopyReport> report =
            try_copy(to, {.real_copies = real, .verify = false, .base = nullptr});
        disk_.clear_faults();
        if (report) break;
        const Errc code = report.assume_error().code();
        CHECK((code == Errc::no_space || code == Errc::io_error));
        CHECK(disk_.names(to).empty());
      }
    }
  }
}

}  // namespace esker::proof
