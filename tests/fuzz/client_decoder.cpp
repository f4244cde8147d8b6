// What a client makes of a server's bytes, in whatever pieces they come.

#include "client/frame_reader.hpp"
#include "format/record.hpp"
#include "fuzz/wire.hpp"

namespace esker::fuzz {
namespace {

using format::MessageKind;

/// Goes over the records of an `events` frame as a reader does.
void parse_events(std::span<const std::byte> body) {
  const Result<format::ParsedEvents> parsed = format::parse_events(body);
  if (!parsed) return;
  std::span<const std::byte> records = parsed.assume_value().records;
  for (const format::Extent& extent : parsed.assume_value().extents) {
    require(extent.bytes <= records.size(), "extents lie within the frame");
    std::span<const std::byte> rest = records.first(extent.bytes);
    records = records.subspan(extent.bytes);
    FileOffset offset = extent.offset;
    while (!rest.empty()) {
      const format::ParsedRecord record = format::parse_record(rest, extent.salt, offset);
      if (record.fault != format::RecordFault::none) break;
      offset = offset.plus(record.record.padded_bytes());
      rest = rest.subspan(record.record.padded_bytes());
    }
  }
}

void parse(const client::Frame& frame) {
  const std::span<const std::byte> body = frame.body;
  switch (static_cast<MessageKind>(frame.header.kind)) {
    case MessageKind::welcome:
      return require_same(body, format::parse_welcome(body));
    case MessageKind::appended: {
      Result<format::Appended> parsed = format::parse_appended(body);
      return require_same(body, parsed);
    }
    case MessageKind::events:
      return parse_events(body);
    case MessageKind::end:
      return require_same(body, format::parse_end(body));
    case MessageKind::progress:
      return require_same(body, format::parse_progress(body));
    case MessageKind::pong:
      return require_same(body, format::parse_pong(body));
    case MessageKind::info_reply:
      return require_same(body, format::parse_info_reply(body));
    case MessageKind::compaction:
      return require_same(body, format::parse_compaction(body));
    case MessageKind::proof:
      return require_same(body, format::parse_proof(body));
    case MessageKind::error:
      require(!errc_name(format::parse_error(body).code()).empty(), "an error has a name");
      return;
    default:
      return;
  }
}

void try_connection(Input input) {
  constexpr std::uint32_t kBodyBytesMax = 1U << 20;
  const std::size_t piece = 1 + std::size_t{input.number<std::uint16_t>()};
  const std::vector<std::byte> wire = wire_of(input);
  std::span<const std::byte> rest = wire;
  client::FrameReader reader(kBodyBytesMax);
  while (true) {
    const Result<std::optional<client::Frame>> next = reader.next();
    if (!next) return;
    if (next.assume_value()) {
      parse(*next.assume_value());
      continue;
    }
    if (rest.empty()) return;
    std::size_t most = piece;
    std::size_t received = 0;
    for (const std::span<std::byte> room : reader.room()) {
      const std::size_t bytes = std::min({room.size(), most, rest.size()});
      std::copy_n(rest.begin(), bytes, room.begin());
      rest = rest.subspan(bytes);
      most -= bytes;
      received += bytes;
    }
    require(received > 0, "there is room for more");
    reader.received(received);
  }
}

}  // namespace
}  // namespace esker::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esker::fuzz::try_connection({data, size});
  return 0;
}
