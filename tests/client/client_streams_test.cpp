#include <doctest/doctest.h>

#include "client/fixture.hpp"
#include "client/restartable_server.hpp"
#include "support/system_streams.hpp"

using namespace esker;
using namespace esker::tests;

TEST_SUITE("client") {
  TEST_CASE("client streams: metadata is honoured at once") {
    RestartableServer server;
    Client client = connect(server.options());
    check_metadata(client);
  }

  TEST_CASE("client streams: a deleted stream is absent until it is written again") {
    RestartableServer server;
    Client client = connect(server.options());
    check_deletion(client);
  }

  TEST_CASE("client streams: an aggregate is its newest snapshot and what comes behind it") {
    RestartableServer server;
    Client client = connect(server.options());
    check_snapshots(client);
  }

  TEST_CASE("client streams: a reader begins behind its checkpoint") {
    RestartableServer server;
    Client client = connect(server.options());
    check_checkpoints(client);
  }
}
