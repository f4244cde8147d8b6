#include "client/frame_writer.hpp"

#include <doctest/doctest.h>

using esker::client::FrameWriter;
using esker::client::OutFrame;

namespace {

std::shared_ptr<OutFrame> frame(std::size_t bytes) {
  auto out = std::make_shared<OutFrame>();
  out->bytes.resize(bytes, std::byte{7});
  return out;
}

}  // namespace

TEST_SUITE("client") {
  TEST_CASE("frame_writer: small frames share a write and a large one is not copied") {
    FrameWriter writer;
    const auto large = frame(100'000);
    for (int i = 0; i < 10; ++i) writer.add(frame(100));
    writer.add(large);
    writer.add(frame(50));
    auto pieces = writer.gather();
    CHECK(pieces[0].size() == 1000);
    CHECK(pieces[1].data() == large->bytes.data());
    CHECK(pieces[1].size() == 100'000);
    CHECK(large->sent);
    pieces = writer.gather();
    CHECK(pieces[0].size() == 50);
    CHECK(pieces[1].empty());
    pieces = writer.gather();
    CHECK(pieces[0].empty());
    CHECK(pieces[1].empty());
  }

  TEST_CASE("frame_writer: a batch is bounded") {
    FrameWriter writer;
    for (int i = 0; i < 100; ++i) writer.add(frame(10'000));
    std::size_t total = 0;
    for (;;) {
      const auto pieces = writer.gather();
      if (pieces[0].empty()) break;
      CHECK(pieces[0].size() < FrameWriter::kBatchBytes + 10'000);
      total += pieces[0].size();
    }
    CHECK(total == 1'000'000);
  }

  TEST_CASE("frame_writer: what was withdrawn is not sent") {
    FrameWriter writer;
    const auto first = frame(10);
    const auto second = frame(20);
    writer.add(first);
    writer.add(second);
    first->withdrawn = true;
    CHECK(writer.gather()[0].size() == 20);
    CHECK_FALSE(first->sent);
    CHECK(second->sent);
  }
}
