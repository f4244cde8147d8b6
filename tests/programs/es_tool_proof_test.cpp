// What es-tool does with a store that keeps a tree.

#include <filesystem>

#include "programs/tool_fixture.hpp"

namespace esker::support {
namespace {

const std::string kFirstTree = "0000000000000000.tree";

/// The store keeps a tree, and a stream of it has been deleted.
class ProofToolFixture : public ToolFixture {
 protected:
  ProofToolFixture() {
    Store store = open_proved(data_);
    REQUIRE(store.delete_stream("order-3"));
    for (std::uint64_t position = 0; position <= last_of(store); ++position) {
      roots_.push_back(root_of(store, position));
    }
    REQUIRE(store.close());
  }

  static Store open_proved(const std::string& path) {
    StoreOptions options = small_segments();
    options.proofs = true;
    Result<Store> store = Store::open(path, options);
    REQUIRE_MESSAGE(store.has_value(), store.error().message());
    return std::move(store).value();
  }

  static std::uint64_t last_of(Store& store) { return store.info().head.value(); }

  static Root root_of(Store& store, std::uint64_t position) {
    Result<Root> root = store.root(Position(position));
    REQUIRE_MESSAGE(root.has_value(), root.error().message());
    return root.value();
  }

  /// A copy that ends with the event at `last` has the roots that the store had.
  void check_roots(const std::string& path, std::uint64_t last) {
    Store store = open_proved(path);
    CHECK(last_of(store) == last);
    for (std::uint64_t position = 0; position <= last; ++position) {
      CAPTURE(position);
      CHECK(root_of(store, position) == roots_[position]);
    }
    REQUIRE(store.close());
  }

  /// Runs es-tool, which must end well, and returns what it printed.
  std::string done(std::vector<std::string> arguments) {
    const Finished finished = tool(std::move(arguments));
    REQUIRE_MESSAGE((finished.exit == Exit{0, 0}), finished.error);
    return finished.output;
  }

  /// Writes a file, and returns its name.
  std::string keep(const std::string& name, const std::string& text) {
    const std::string path = directory_ / name;
    std::ofstream(path) << text;
    return path;
  }

  std::vector<Root> roots_;  // at each position
};

}  // namespace

TEST_SUITE("programs") {
  TEST_CASE_FIXTURE(ProofToolFixture,
                    "es_tool: what compact takes out stays provable, in copies too") {
    const std::uint64_t last = roots_.size() - 1;
    CHECK(contains(done({"compact", data_, "--json"}), R"("segments_compacted":)"));
    CHECK(lines_of(done({"dump", "--json", data_})).size() < last);
    check_roots(data_, last);
    done({"backup", data_, directory_ / "backup"});
    check_roots(directory_ / "backup", last);
    done({"backup", data_, directory_ / "next", "--copy", "--base", directory_ / "backup"});
    check_roots(directory_ / "next", last);
    done({"restore", directory_ / "backup", directory_ / "restored", "--at", "103"});
    check_roots(directory_ / "restored", 100);
    done({"branch", data_, directory_ / "branch", "--at", "150"});
    check_roots(directory_ / "branch", 150);
    Store store = open_proved(data_);
    done({"backup", data_, directory_ / "live"});
    REQUIRE(store.close());
    check_roots(directory_ / "live", last);
  }

  TEST_CASE_FIXTURE(ProofToolFixture, "es_tool: root, prove and check need no server") {
    const std::string last = std::to_string(roots_.size() - 1);
    CHECK(done({"root", data_}) == to_text(roots_.back()) + "\n");
    CHECK(done({"root", data_, "--at", "0"}) == to_text(roots_[0]) + "\n");
    CHECK(done({"root", data_, "--at", "57"}) == to_text(roots_[57]) + "\n");
    const std::string roots =
        keep("roots", done({"root", data_, "--at", "57"}) + done({"root", data_}));
    const std::string event = keep("event", done({"prove", data_, "42"}));
    CHECK(contains(done({"prove", data_, "42"}), "inclusion 42 of " + last));
    const std::string earlier = keep("earlier", done({"prove", data_, "42", "--root", "57"}));
    const std::string grown = keep("grown", done({"prove", data_, "--from", "57"}));
    const std::string said = done({"check", event, grown, roots, earlier, "--store", data_});
    CHECK(lines_of(said).size() == 3);
    CHECK(contains(said, grown + ": proved: the log that had the root at position " + last +
                             " begins with the one that had the root at position 57\n"));
    CHECK(contains(said, event + ": proved: the event as it is shown is at position 42 of "));
    CHECK(contains(done({"check", event, roots}), "no event was looked at"));
    // What compaction has taken out.
    done({"compact", data_});
    const std::string gone = keep("gone", done({"prove", data_, "19"}));
    CHECK(contains(done({"check", gone, roots, "--store", data_}), "it is gone itself"));
    CHECK(contains(done({"check", event, roots, "--store", data_}), "as it is shown"));
  }

  TEST_CASE_FIXTURE(ProofToolFixture, "es_tool: verify and stats look at the tree") {
    const std::string events = std::to_string(roots_.size() - 1);
    CHECK(contains(done({"verify", data_}), "tree: 1 file, "));
    const std::string json = done({"verify", data_, "--json"});
    CHECK(contains(json, R"("tree_files":1,"tree_files_missing":0,)"));
    CHECK_FALSE(contains(done({"verify", data_, "--log-only"}), "tree: "));
    CHECK(contains(done({"stats", data_}), "tree         1 file, "));
    CHECK(contains(done({"stats", data_, "--json"}), R"("tree_files":1)"));
    flip(kFirstTree, 4000);
    const Finished finished = tool({"verify", data_});
    CHECK(finished.exit == Exit{1, 0});
    CHECK(contains(finished.output, "fault: " + data_ + "/" + kFirstTree + ": "));
    CHECK(contains(finished.output, "1 fault found"));
    CHECK(tool({"verify", data_, "--log-only"}).exit == Exit{0, 0});
  }

  TEST_CASE_FIXTURE(ProofToolFixture, "es_tool: what repair cuts, the tree forgets") {
    flip(kFirstSegment, 4096 + 20 * 1200);
    const Finished refused = tool({"repair", data_});
    CHECK(refused.exit == Exit{1, 0});
    CHECK(contains(tool({"repair", "--cut", "--dry-run", data_}).output, "cut behind position 20"));
    const std::string said = done({"repair", "--cut", data_});
    CHECK(contains(said, "cut behind position 20"));
    CHECK(contains(done({"verify", data_}), "no fault found"));
    check_roots(data_, 20);
    // Others take the positions.
    Store store = open_proved(data_);
    const tests::OwnedCommit commit({{"later", Expected::any(), tests::events(10, 9000)}});
    REQUIRE(store.append(commit.view()).has_value());
    CHECK(root_of(store, 20) == roots_[20]);
    CHECK(root_of(store, 30) != roots_[30]);
    const Root root = root_of(store, 30);
    REQUIRE(store.close());
    CHECK(done({"root", data_}) == to_text(root) + "\n");
    CHECK(contains(done({"verify", data_}), "no fault found"));
  }

  TEST_CASE_FIXTURE(ProofToolFixture, "es_tool: check finds what does not hold") {
    const std::string roots =
        keep("roots", done({"root", data_, "--at", "57"}) + done({"root", data_}));
    const std::string grown = keep("grown", done({"prove", data_, "--from", "57"}));
    const std::string event = keep("event", done({"prove", data_, "42", "--root", "57"}));
    const auto not_proved = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), "check");
      const Finished finished = tool(std::move(arguments));
      CHECK(finished.exit == Exit{1, 0});
      CHECK(contains(finished.output, ": NOT PROVED: "));
    };
    Root wrong = roots_[57];
    wrong.hash = roots_[56].hash;
    const std::string other = keep("other", to_text(wrong) + "\n" + to_text(roots_.back()));
    not_proved({grown, other});
    not_proved({event, other});
    not_proved({grown, roots, other});
    // Another store, in which another event is at the position.
    Store store = open_proved(directory_ / "second");
    const tests::OwnedCommit commit({{"s", Expected::any(), tests::events(60, 9000)}});
    REQUIRE(store.append(commit.view()).has_value());
    REQUIRE(store.close());
    not_proved({event, roots, "--store", directory_ / "second"});
    const auto refused = [&](const std::vector<std::string>& arguments, std::string_view why) {
      const Finished finished = tool(arguments);
      CHECK(finished.exit == Exit{2, 0});
      CHECK_MESSAGE(contains(finished.error, why), finished.error);
    };
    refused({"check", roots}, "there is no proof to check");
    refused({"check", grown}, "name a file in which it has been kept");
    refused({"check", keep("bad", "7 abc\n")}, "bad, line 1: ");
    refused({"prove", data_}, "POSITION");
    refused({"prove", data_, "3", "--from", "2"}, "excludes");
    refused({"root", data_, "--at", "100000"}, "the log ends at ");
  }

  TEST_CASE_FIXTURE(ProofToolFixture,
                    "es_tool: without a tree the log is hashed, while all of it is there") {
    std::filesystem::remove(data_ + "/" + kFirstTree);
    CHECK(done({"root", data_}) == to_text(roots_.back()) + "\n");
    CHECK_FALSE(std::filesystem::exists(data_ + "/" + kFirstTree));
    done({"compact", data_});
    const Finished finished = tool({"root", data_});
    CHECK(finished.exit.code != 0);
    CHECK_MESSAGE(contains(finished.error, "has been released"), finished.error);
  }
}

}  // namespace esker::support
