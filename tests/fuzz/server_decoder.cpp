// What a server makes of a client's bytes, in whatever pieces they come.

#include "fuzz/wire.hpp"
#include "server/native/frame_reader.hpp"

namespace esker::fuzz {
namespace {

using format::MessageKind;

void parse(const server::Frame& frame) {
  const std::span<const std::byte> body = frame.body;
  switch (static_cast<MessageKind>(frame.header.kind)) {
    case MessageKind::hello:
      return require_same(body, format::parse_hello(body));
    case MessageKind::append: {
      const Result<format::ParsedAppend> parsed = format::parse_append(body);
      if (!parsed) return;
      const format::AppendRequest request{parsed.assume_value().commit()};
      std::vector<std::byte> again(format::body_bytes(request));
      format::encode_body(std::span(again), request);
      return require(std::ranges::equal(again, body), "an append encodes to the same");
    }
    case MessageKind::read:
      return require_same(body, format::parse_read(body));
    case MessageKind::subscribe:
      return require_same(body, format::parse_subscribe(body));
    case MessageKind::credit:
      return require_same(body, format::parse_credit(body));
    case MessageKind::cancel:
      return require_same(body, format::parse_cancel(body));
    case MessageKind::ping:
      return require_same(body, format::parse_ping(body));
    case MessageKind::info:
      return require_same(body, format::parse_info(body));
    case MessageKind::compact:
      return require_same(body, format::parse_compact(body));
    case MessageKind::prove:
      return require_same(body, format::parse_prove(body));
    default:
      return;
  }
}

void try_connection(Input input) {
  constexpr std::uint32_t kBodyBytesMax = 1U << 20;
  const std::size_t piece = 1 + std::size_t{input.number<std::uint16_t>()};
  const std::vector<std::byte> wire = wire_of(input);
  std::span<const std::byte> rest = wire;
  server::FrameReader reader(kBodyBytesMax);
  std::uint64_t frames = 0;
  while (true) {
    switch (reader.step()) {
      case server::FrameReader::Step::storage:
        require(reader.storage_bytes() <= kBodyBytesMax, "memory is bounded");
        reader.provide_storage();
        break;
      case server::FrameReader::Step::frame:
        parse(reader.take());
        require(++frames * format::kFrameHeaderBytes <= wire.size(), "frames come from bytes");
        break;
      case server::FrameReader::Step::fault:
        return;
      case server::FrameReader::Step::more: {
        if (rest.empty()) return;
        const std::span<std::byte> room = reader.room();
        require(!room.empty(), "there is room for more");
        const std::size_t bytes = std::min({room.size(), piece, rest.size()});
        std::copy_n(rest.begin(), bytes, room.begin());
        reader.received(bytes);
        rest = rest.subspan(bytes);
      }
    }
  }
}

}  // namespace
}  // namespace esker::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esker::fuzz::try_connection({data, size});
  return 0;
}
