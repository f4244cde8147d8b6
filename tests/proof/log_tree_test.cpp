#include "proof/log_tree.hpp"

#include "log/log_fixture.hpp"
#include "proof/trees.hpp"

namespace esker::proof {
namespace {

class Fixture : public log::LogFixture {
 protected:
  /// A log of so many events.
  void make_log(std::uint64_t events) {
    options_.segment_bytes = 4 << 20;
    open();
    while (log_->visible().value() < events) committed(200, 1);
  }

  /// With all of its events in tree files.
  void open_trees() {
    Result<std::unique_ptr<Trees>> trees = Trees::open(*directory_, *log_);
    REQUIRE(trees);
    trees_ = std::move(trees).assume_value();
    while (!trees_->make_durable(log_->visible()).assume_value()) {
    }
  }

  LogTree log_tree() {
    Result<LogTree> tree = LogTree::open(*directory_, [](std::uint64_t) {});
    REQUIRE_MESSAGE(tree, tree.assume_error().message());
    return std::move(tree).assume_value();
  }

  void remove_file(std::uint64_t index) {
    REQUIRE(directory_->remove(format::tree_file_name(index), {"test.remove"}));
  }

  struct Answer {
    Root root;
    InclusionProof inclusion;
    ConsistencyProof consistency;

    friend bool operator==(const Answer&, const Answer&) = default;
  };

  /// What the store's own tree, or this one, proves of the log as it is.
  template <typename Tree>
  std::vector<Answer> answers(Tree& tree) {
    return answers(tree, log_->visible().value());
  }

  /// The same of its first `last` events.
  template <typename Tree>
  std::vector<Answer> answers(Tree& tree, std::uint64_t last) {
    std::vector<Answer> answers;
    for (const std::uint64_t at :
         {std::uint64_t{1}, last / 3, kFull - 1, kFull, kFull + 1, 2 * kFull, last - 1, last}) {
      CAPTURE(at);
      const Position event(at / 2 + 1);
      Result<Root> root = tree.root(Position(at));
      REQUIRE_MESSAGE(root, root.assume_error().message());
      answers.push_back({root.assume_value(),
                         tree.prove_inclusion(event, Position(at)).assume_value(),
                         tree.prove_consistency(event, Position(at)).assume_value()});
    }
    return answers;
  }

  static constexpr std::uint64_t kFull = format::kTreeFileLeaves;
  std::unique_ptr<Trees> trees_;
};

}  // namespace

TEST_SUITE("proof") {
  TEST_CASE_FIXTURE(Fixture, "log tree: of tree files, of the log, and of both it is the same") {
    make_log(2 * kFull + 1000);
    open_trees();
    std::vector<Answer> expected = answers(*trees_);
    SUBCASE("of tree files") {}
    SUBCASE("of the log") {
      for (const std::uint64_t index : {0, 1, 2}) remove_file(index);
    }
    SUBCASE("of both") { remove_file(1); }
    SUBCASE("with a damaged file") {
      disk_.damage(format::tree_file_name(0), 20, as_bytes("damage"));
    }
    SUBCASE("with a damaged last file") {
      disk_.damage(format::tree_file_name(2), 2000, as_bytes("damage"));
    }
    SUBCASE("with events that are in none") {
      committed(7);
      committed(300);
      expected = answers(*trees_);
    }
    LogTree tree = log_tree();
    CHECK(tree.last() == log_->visible());
    CHECK(answers(tree) == expected);
  }

  TEST_CASE_FIXTURE(Fixture, "log tree: a leaf is made from the event") {
    make_log(1000);
    open_trees();
    LogTree tree = log_tree();
    for (const std::uint64_t at : {1, 199, 200, 201, 1000}) {
      const InclusionProof proof = trees_->prove_inclusion(Position(at), Position(1000)).value();
      CHECK(tree.leaf(Position(at)).assume_value() == proof.leaf);
    }
    CHECK(tree.leaf(Position(1001)).assume_error().code() == Errc::position_ahead);
    CHECK(tree.leaf(Position()).assume_error().code() == Errc::invalid_argument);
  }

  TEST_CASE_FIXTURE(Fixture, "log tree: a gap that spans two tree files changes no answer") {
    make_log(2 * kFull + 1000);
    open_trees();
    const std::uint64_t last = log_->visible().value();
    const std::vector<Answer> expected = answers(*trees_);
    fill_segments(log_->segments()->all().size() + 1);  // so that all of it is sealed
    const Position begin(kFull - 500);
    release(begin, begin.plus(1000));
    REQUIRE(log_->segments()->find(begin)->read(begin).assume_value().gap());
    {
      LogTree tree = log_tree();
      CHECK(answers(tree, last) == expected);
      CHECK(tree.leaf(begin).assume_value() == std::nullopt);
    }
    // Without either file the gap's events have no hash.
    for (const std::uint64_t index : {0, 1}) {
      CAPTURE(index);
      const std::string name = format::tree_file_name(index);
      REQUIRE(directory_->rename(name, "aside", {"test.rename"}));
      LogTree tree = log_tree();
      const auto root = tree.root(Position(2 * kFull));
      REQUIRE_FALSE(root);
      CHECK(root.assume_error().code() == Errc::not_supported);
      REQUIRE(directory_->rename("aside", name, {"test.rename"}));
    }
  }

  TEST_CASE_FIXTURE(Fixture, "log tree: what cannot be proved is told") {
    make_log(1000);
    LogTree tree = log_tree();
    const Position last(1000);
    CHECK(tree.root({}).assume_value().position == last);
    CHECK(tree.root(last.next()).assume_error().code() == Errc::position_ahead);
    CHECK(tree.prove_inclusion(Position(), {}).assume_error().code() == Errc::invalid_argument);
    CHECK(tree.prove_inclusion(Position(5), Position(4)).assume_error().code() ==
          Errc::invalid_argument);
    CHECK(tree.prove_consistency(Position(5), Position(4)).assume_error().code() ==
          Errc::invalid_argument);
  }
}

}  // namespace esker::proof
