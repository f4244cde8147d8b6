#include "append_dialogue.hpp"

#include <stdexcept>
#include <string>

#include "format/message.hpp"
#include "load.hpp"

namespace esker::bench {

namespace {

/// Appends of one event, answered by a frame of a kind that is given.
class AppendDialogue final : public Dialogue {
 public:
  AppendDialogue(std::uint64_t number, format::MessageKind answer)
      : commit_(number, 1), answer_(answer) {}

  void greet(std::vector<std::byte>& out) override {
    format::Hello hello;
    hello.client = "es-bench";
    format::append_frame(out, 0, hello);
  }

  void request(std::vector<std::byte>& out) override {
    commit_.renew();
    format::append_frame(out, ++request_, format::AppendRequest{commit_.streams()});
  }

  [[nodiscard]] std::size_t frame_bytes(std::span<const std::byte> bytes) const override {
    if (bytes.size() < format::kFrameHeaderBytes) return 0;
    return format::kFrameHeaderBytes + header_of(bytes).body_bytes;
  }

  void check(std::span<const std::byte> answer) const override {
    const std::uint16_t kind = header_of(answer).kind;
    if (kind == static_cast<std::uint16_t>(answer_)) return;
    if (kind != static_cast<std::uint16_t>(format::MessageKind::error)) {
      throw std::runtime_error("an append was answered by a message of kind " +
                               std::to_string(kind));
    }
    throw std::runtime_error(
        format::parse_error(answer.subspan(format::kFrameHeaderBytes)).message());
  }

 private:
  static format::FrameHeader header_of(std::span<const std::byte> frame) {
    return format::parse_frame_header(frame.first<format::kFrameHeaderBytes>());
  }

  Commit commit_;
  const format::MessageKind answer_;
  std::uint64_t request_ = 0;
};

}  // namespace

std::unique_ptr<Dialogue> make_append(std::uint64_t number) {
  return std::make_unique<AppendDialogue>(number, format::MessageKind::appended);
}

std::unique_ptr<Dialogue> make_echoed_append(std::uint64_t number) {
  return std::make_unique<AppendDialogue>(number, format::MessageKind::append);
}

}  // namespace esker::bench
