// A line of NDJSON: what is parsed makes a line that says the same.

#include <string>

#include "common/event_line.hpp"
#include "fuzz/input.hpp"

namespace esker::fuzz {
namespace {

void try_line(Input input) {
  const std::string line(as_text(input.rest()));
  static tools::EventLineParser parser;
  static tools::EventLineWriter writer;
  const Result<tools::EventLine> parsed = parser.parse(line);
  if (!parsed) {
    require(parsed.assume_error().code() == Errc::invalid_argument, "a bad line is named so");
    return;
  }
  const tools::EventLine& event = parsed.assume_value();
  EventView view{};
  view.position = Position(1);
  view.version = Version(1);
  view.id = event.id.value_or(EventId::from_name(EventId(), "a line without an id"));
  view.stream = event.stream;
  view.type = event.type;
  view.data = as_bytes(event.data);
  view.metadata = as_bytes(event.metadata);
  std::string written;
  writer.append(written, view);
  require(written.find('\n') == written.size() - 1, "it is one line");
  written.pop_back();
  const Result<tools::EventLine> again = parser.parse(written);
  require(again.has_value(), "what is written is read");
  require(again.assume_value().stream == event.stream && again.assume_value().type == event.type &&
              again.assume_value().data == event.data &&
              again.assume_value().metadata == event.metadata,
          "it says the same");
}

}  // namespace
}  // namespace esker::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esker::fuzz::try_line({data, size});
  return 0;
}
