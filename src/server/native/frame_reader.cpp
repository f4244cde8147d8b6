#include "server/native/frame_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "format/message.hpp"

namespace esker::server {
namespace {

/// A `hello` is shorter than this. Whoever speaks another protocol is found out by the first bytes, which then announce far more.
constexpr std::uint32_t kFirstBodyBytesMax = 256;
static_assert(kFirstBodyBytesMax >= 10 + format::kPeerNameBytesMax);

}  // namespace

FrameReader::FrameReader(std::uint32_t body_bytes_max)
    : body_bytes_max_(body_bytes_max), buffer_(kBufferBytes) {}

FrameReader::Step FrameReader::fail(Errc code, std::string message) {
  fault_.emplace(code, std::move(message));
  return Step::fault;
}

FrameReader::Step FrameReader::step() {
  if (fault_) return Step::fault;
  if (!parsed_) {
    if (waiting().size() < format::kFramePrefixBytes) return Step::more;
    const auto body_bytes = base::load_le<std::uint32_t>(waiting(), 0);
    if (first_ && body_bytes > kFirstBodyBytesMax) {
      return fail(Errc::protocol,
                  "the connection does not begin with a hello frame of Esker's protocol");
    }
    if (body_bytes > body_bytes_max_) {
      return fail(Errc::too_large, "a frame announces " + std::to_string(body_bytes) +
                                       " bytes; the most are " + std::to_string(body_bytes_max_));
    }
    if (waiting().size() < format::kFrameHeaderBytes) return Step::more;
    std::copy_n(waiting().begin(), format::kFrameHeaderBytes, header_bytes_.begin());
    header_ = format::parse_frame_header(header_bytes_);
    begin_ += format::kFrameHeaderBytes;
    parsed_ = true;
  }
  if (storage_) return fill_storage();
  if (needs_storage()) return Step::storage;
  if (waiting().size() < header_.body_bytes) return Step::more;
  return check(waiting().first(header_.body_bytes));
}

bool FrameReader::needs_storage() const {
  return header_.body_bytes > kBufferBytes ||
         header_.kind == static_cast<std::uint16_t>(format::MessageKind::append);
}

void FrameReader::provide_storage() {
  ESKER_ASSERT(parsed_);
  ESKER_ASSERT(!storage_);
  storage_ = std::make_unique_for_overwrite<std::byte[]>(header_.body_bytes);
  stored_ = 0;
}

FrameReader::Step FrameReader::fill_storage() {
  const std::size_t bytes = std::min<std::size_t>(waiting().size(), header_.body_bytes - stored_);
  if (bytes > 0) std::memcpy(storage_.get() + stored_, waiting().data(), bytes);
  begin_ += bytes;
  stored_ += bytes;
  if (stored_ < header_.body_bytes) return Step::more;
  return check(std::span(storage_.get(), stored_));
}

FrameReader::Step FrameReader::check(std::span<const std::byte> body) {
  const format::FrameFault fault = format::check_frame(header_bytes_, header_, body);
  if (fault == format::FrameFault::none) return Step::frame;
  return fail(Errc::protocol, "a frame is damaged: " + std::string(format::describe(fault)));
}

Frame FrameReader::take() {
  Frame frame{header_, {}, std::move(storage_)};
  if (frame.storage) {
    frame.body = std::span(frame.storage.get(), header_.body_bytes);
  } else {
    frame.body = waiting().first(header_.body_bytes);
    begin_ += header_.body_bytes;
  }
  parsed_ = false;
  first_ = false;
  return frame;
}

void FrameReader::discard() {
  begin_ = 0;
  end_ = 0;
  parsed_ = false;
  storage_.reset();
}

std::span<std::byte> FrameReader::room() {
  // A long body goes straight to where it belongs.
  if (storage_ && begin_ == end_) {
    return {storage_.get() + stored_, header_.body_bytes - stored_};
  }
  if (begin_ > 0) {
    // What waits is the beginning of one frame, so there is little to move.
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  return std::span(buffer_).subspan(end_);
}

void FrameReader::received(std::size_t bytes) {
  if (storage_ && begin_ == end_) {
    stored_ += bytes;
  } else {
    end_ += bytes;
  }
}

}  // namespace esker::server
