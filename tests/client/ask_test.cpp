#include "client/ask.hpp"

#include <doctest/doctest.h>

#include <future>

#include "client/fixture.hpp"

using namespace esker;
using namespace esker::tests;

TEST_SUITE("client") {
  TEST_CASE("ask: requests beyond the bound are busy and those no frame holds are refused") {
    std::promise<void> refused;
    FakeServer server({[&refused](Peer& peer) {
      peer.welcome();
      const std::uint64_t number = peer.read(format::MessageKind::append).number;
      refused.get_future().wait();
      peer.send_appended(number);
      answer_append(peer);
      peer.read_to_end();
    }});
    ClientOptions options = server.options();
    options.in_flight_bytes_max = 10'000;
    Client client = connect(options);
    CHECK(code_of(append(client, 1, std::string(10'000, 'x'))) == Errc::too_large);
    const std::string data(9'000, 'x');
    const NewEvent first{id_of(1), "happened", as_bytes(data), {}};
    std::promise<bool> answered;
    client.async_append("s-1", Expected::any(), std::span(&first, 1),
                        [&answered](const Result<AppendResult>& answer) {
                          answered.set_value(answer.has_value());
                        });
    CHECK(code_of(append(client, 2, data)) == Errc::busy);
    refused.set_value();
    CHECK(answered.get_future().get());
    CHECK(append(client, 2, data).has_value());  // the bytes came back

    const std::string long_name(513, 'x');
    const NewEvent event{id_of(1), "happened", {}, {}};
    const NewEvent long_type{id_of(1), long_name, {}, {}};
    CHECK(code_of(client.append(long_name, Expected::any(), std::span(&event, 1))) ==
          Errc::invalid_argument);
    CHECK(code_of(client.append("s-1", Expected::any(), std::span(&long_type, 1))) ==
          Errc::invalid_argument);
  }
}
