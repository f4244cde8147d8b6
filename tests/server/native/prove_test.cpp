#include "server/native/prove.hpp"

#include <doctest/doctest.h>

#include "server/served_store.hpp"

namespace esker::server::test {
namespace {

using format::MessageKind;
using format::ProofKind;
using format::ProofReply;
using format::ProveRequest;

StoreOptions with_tree() {
  StoreOptions options = ServedStore::small_store();
  options.proofs = true;
  return options;
}

ProofReply ask(RawClient& client, std::uint64_t request, const ProveRequest& prove) {
  client.send(request, prove);
  return must(format::parse_proof(client.receive(MessageKind::proof, request).body));
}

}  // namespace

TEST_SUITE("server") {
  TEST_CASE("prove: roots and proofs are the store's, and hold") {
    ServedStore served({}, with_tree());
    served.append("a", 5);
    RawClient client = served.client();
    const ProofReply root = ask(client, 1, {});
    CHECK(Root{root.root, root.hash} == must(served.store().root()));
    const ProofReply old = ask(client, 2, {ProofKind::root, {}, Position(3)});
    const ProofReply grown = ask(client, 3, {ProofKind::consistency, Position(3)});
    CHECK(check_consistency({grown.first, grown.root, grown.path}, {old.root, old.hash},
                            {root.root, root.hash}));
    const ProofReply there = ask(client, 4, {ProofKind::inclusion, Position(2), Position(3)});
    CHECK(check_inclusion({there.first, there.root, there.hash, there.path}, there.hash,
                          {old.root, old.hash}));
  }

  TEST_CASE("prove: what cannot be proved is told, and the connection goes on") {
    ServedStore served({}, with_tree());
    served.append("a", 5);
    RawClient client = served.client();
    client.send(1, ProveRequest{ProofKind::root, {}, Position(6)});
    CHECK(client.receive_error(1).code() == Errc::position_ahead);
    client.send(2, ProveRequest{ProofKind::inclusion, Position(4), Position(3)});
    CHECK(client.receive_error(2).code() == Errc::invalid_argument);
    const ServedStore without;
    RawClient other = without.client();
    other.send(3, ProveRequest{});
    CHECK(other.receive_error(3).code() == Errc::not_supported);
    CHECK(ask(client, 4, {}).root == Position(5));
  }
}

}  // namespace esker::server::test
