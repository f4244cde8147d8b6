#include <iostream>

#include "esker/client.hpp"

// Shows the last event of a server's log.
esker::Result<void> run(const std::string& server) {
  ESKER_TRY(auto client, esker::Client::connect(server));
  auto reader = client.read({.selector = esker::Selector::all(),
                             .direction = esker::Direction::backwards,
                             .from = esker::Query::kEnd,
                             .limit = 1});
  ESKER_TRY(auto event, reader.next());
  std::cout << (event ? event->type : "nothing yet") << '\n';
  return esker::ok();
}

int main(int count, char** arguments) {
  const auto done = run(count > 1 ? arguments[1] : "127.0.0.1:7411");
  if (done) return 0;
  std::cerr << done.error().message() << '\n';
  return 1;
}
