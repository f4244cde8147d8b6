#include "client/frame_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/assert.hpp"

namespace esker::client {

std::unique_ptr<const std::byte[]> Frame::take_body() {
  if (storage != nullptr) return std::move(storage);
  auto copy = std::make_unique_for_overwrite<std::byte[]>(body.size());
  if (!body.empty()) std::memcpy(copy.get(), body.data(), body.size());
  return copy;
}

FrameReader::FrameReader(std::uint32_t body_bytes_max)
    : body_bytes_max_(body_bytes_max), buffer_(kBufferBytes) {}

std::array<std::span<std::byte>, 2> FrameReader::room() {
  if (large_ != nullptr) {
    ESKER_ASSERT(begin_ == end_);
    begin_ = end_ = 0;
    return {std::span(large_.get(), large_header_.body_bytes).subspan(large_filled_),
            std::span(buffer_)};
  }
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return {std::span(buffer_).subspan(end_), {}};
}

void FrameReader::received(std::size_t bytes) {
  if (large_ != nullptr) {
    const std::size_t to_large =
        std::min<std::size_t>(bytes, large_header_.body_bytes - large_filled_);
    large_filled_ += to_large;
    bytes -= to_large;
  }
  end_ += bytes;
  ESKER_ASSERT(end_ <= buffer_.size());
}

Result<std::optional<Frame>> FrameReader::next() {
  if (large_ == nullptr) {
    const std::span<const std::byte> waiting(buffer_.data() + begin_, end_ - begin_);
    if (waiting.size() < format::kFrameHeaderBytes) return std::optional<Frame>();
    const auto header_bytes = waiting.first<format::kFrameHeaderBytes>();
    const format::FrameHeader header = format::parse_frame_header(header_bytes);
    if (header.body_bytes > body_bytes_max_) {
      refused_request_ = header.request;
      return Error(Errc::too_large, "frame of " + std::to_string(header.body_bytes) +
                                        " bytes from the server; frame_bytes_max is " +
                                        std::to_string(body_bytes_max_));
    }
    if (header.body_bytes <= kSmallBodyBytes) {
      const std::size_t frame_bytes = format::kFrameHeaderBytes + header.body_bytes;
      if (waiting.size() < frame_bytes) return std::optional<Frame>();
      begin_ += frame_bytes;
      return checked(header_bytes, header,
                     waiting.subspan(format::kFrameHeaderBytes, header.body_bytes), nullptr);
    }
    begin_large(header);
  }
  if (large_filled_ < large_header_.body_bytes) return std::optional<Frame>();
  const std::span<const std::byte> body(large_.get(), large_header_.body_bytes);
  return checked(large_header_bytes_, large_header_, body, std::move(large_));
}

void FrameReader::begin_large(const format::FrameHeader& header) {
  std::memcpy(large_header_bytes_.data(), buffer_.data() + begin_, format::kFrameHeaderBytes);
  begin_ += format::kFrameHeaderBytes;
  large_header_ = header;
  large_ = std::make_unique_for_overwrite<std::byte[]>(header.body_bytes);
  large_filled_ = std::min<std::size_t>(header.body_bytes, end_ - begin_);
  std::memcpy(large_.get(), buffer_.data() + begin_, large_filled_);
  begin_ += large_filled_;
}

Result<std::optional<Frame>> FrameReader::checked(
    std::span<const std::byte> header_bytes, const format::FrameHeader& header,
    std::span<const std::byte> body, std::unique_ptr<const std::byte[]> storage) const {
  const format::FrameFault fault =
      format::check_frame(header_bytes.first<format::kFrameHeaderBytes>(), header, body);
  if (fault != format::FrameFault::none) {
    return Error(Errc::protocol,
                 std::string(format::describe(fault)) + ": damaged on the way from the server");
  }
  return std::optional<Frame>(Frame{header, body, std::move(storage)});
}

}  // namespace esker::client
