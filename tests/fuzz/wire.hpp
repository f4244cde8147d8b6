#pragma once

#include <algorithm>
#include <vector>

#include "format/frame.hpp"
#include "format/message.hpp"
#include "fuzz/input.hpp"

namespace esker::fuzz {

/// What a peer sends: the input as it is, or, for half of the inputs, frames with right checksums around pieces of it.
inline std::vector<std::byte> wire_of(Input& input) {
  const bool framed = input.number<std::uint8_t>() % 2 == 1;
  std::vector<std::byte> wire;
  while (!input.empty()) {
    if (!framed) {
      const auto rest = input.rest();
      wire.insert(wire.end(), rest.begin(), rest.end());
      break;
    }
    const std::uint16_t kind = input.number<std::uint8_t>();
    const std::uint64_t request = input.number<std::uint8_t>();
    const std::span<const std::byte> body = input.take(input.number<std::uint16_t>());
    const std::size_t begin = wire.size();
    wire.resize(begin + format::kFrameHeaderBytes);
    format::encode_frame_header(std::span(wire).subspan(begin).first<format::kFrameHeaderBytes>(),
                                kind, request, std::span(&body, 1));
    wire.insert(wire.end(), body.begin(), body.end());
  }
  return wire;
}

/// A message that was parsed encodes to the body it came from.
template <class Message>
void require_same(std::span<const std::byte> body, const Result<Message>& parsed) {
  if (!parsed) {
    require(parsed.assume_error().code() == Errc::protocol,
            "a bad body is an error of the protocol");
    return;
  }
  std::vector<std::byte> again(format::body_bytes(parsed.assume_value()));
  format::encode_body(std::span(again), parsed.assume_value());
  require(std::ranges::equal(again, body), "a message encodes to the same");
}

}  // namespace esker::fuzz
