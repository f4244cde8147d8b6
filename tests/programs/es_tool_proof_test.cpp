// What es-tool does with a store that keeps a tree.

#include "programs/tool_fixture.hpp"

namespace esker::support {
namespace {

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
}

}  // namespace esker::support
