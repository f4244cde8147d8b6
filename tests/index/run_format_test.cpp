#include "index/run_format.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/byte_order.hpp"
#include "format/checksum.hpp"
#include "index/index_fixture.hpp"

TEST_SUITE("index") {
  using namespace esker;
  using namespace esker::index;

  namespace {

  /// A footer whose numbers go together.
  RunFooter example_footer() {
    RunFooter footer;
    footer.store = test_store();
    footer.key = {SegmentId(7), SegmentId(9), Position(1000), Position(2000), 0x1122334455667788};
    footer.terms = 1000;
    footer.postings = 4000;
    place_parts(footer);
    place_end(footer, footer.lists_begin + 5000);
    footer.pages_checksum = 0xabcdef01;
    return footer;
  }

  void renew_checksum(std::span<std::byte> bytes) {
    base::store_le(bytes, 252, format::crc32c(bytes.first(252)));
  }

  }  // namespace

  TEST_CASE("run format: a footer comes back as it was") {
    const RunFooter footer = example_footer();
    const auto parsed = parse_run_footer(encode_run_footer(footer), footer.file_bytes);
    REQUIRE(parsed.has_value());
    CHECK(parsed.value() == footer);
  }

  TEST_CASE("run format: every flipped bit of a footer is noticed") {
    const RunFooter footer = example_footer();
    const auto bytes = encode_run_footer(footer);
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      auto flipped = bytes;
      flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      const auto parsed = parse_run_footer(flipped, footer.file_bytes);
      REQUIRE(!parsed.has_value());
      REQUIRE(parsed.error().code() == Errc::corrupt);
    }
  }

  TEST_CASE("run format: numbers that do not go together are refused whatever the checksum says") {
    const RunFooter footer = example_footer();
    for (std::size_t at = 8; at < 252; at += 4) {
      // The identity and the counts of postings and of the page table are not this function's to judge.
      const bool free = (at >= 16 && at < 72) || (at >= 88 && at < 96) || at == 136;
      for (const std::uint32_t value : {0x7fffffffU, 0xffffffffU}) {
        auto bytes = encode_run_footer(footer);
        base::store_le(std::span<std::byte>(bytes), at, value);
        renew_checksum(bytes);
        const auto parsed = parse_run_footer(bytes, footer.file_bytes);
        CAPTURE(at);
        if (!free) REQUIRE(!parsed.has_value());
        if (at == 8) REQUIRE(parsed.error().code() == Errc::not_supported);
      }
    }
    const auto refused = [&](auto change) {
      RunFooter changed = footer;
      change(changed.key);
      return !parse_run_footer(encode_run_footer(changed), footer.file_bytes).has_value();
    };
    CHECK(refused([](RunKey& key) { key.end = key.first; }));
    CHECK(refused([](RunKey& key) { key.end = key.first.plus(kRunPositionsMax + 1); }));
    CHECK(refused([](RunKey& key) { key.last_segment = SegmentId(6); }));
    CHECK(refused([](RunKey& key) { key.first_segment = SegmentId(0); }));
    CHECK(!refused([](RunKey& key) { key.end = key.first.plus(kRunPositionsMax); }));
    CHECK(!parse_run_footer(encode_run_footer(footer), footer.file_bytes + 1).has_value());
  }

  TEST_CASE("run format: a block is laid out as specified") {
    std::vector<std::byte> bytes;
    append_block(bytes, std::vector<Posting>{3, 4, 1000});
    const std::vector<unsigned> expected = {0x01, 0xe4, 0x07};
    CHECK(std::ranges::equal(bytes, expected, {},
                             [](std::byte byte) { return std::to_integer<unsigned>(byte); }));
  }

  TEST_CASE("run format: the filter never denies a term that it holds and rarely admits another") {
    EventSource source(3);
    std::vector<Term> terms;
    std::vector<std::byte> filter(filter_blocks_for(10000) * kFilterBlockBytes);
    const auto block_of = [&](const Term& term) {
      const std::uint64_t block = filter_block_of(term, filter.size() / kFilterBlockBytes);
      return std::span(filter).subspan(block * kFilterBlockBytes, kFilterBlockBytes);
    };
    const auto may_contain = [&](const Term& term) {
      return filter_may_contain(block_of(term), term);
    };
    for (std::uint64_t i = 0; i < 10000; ++i) {
      terms.push_back(source.hasher().stream(std::to_string(i)));
      filter_insert(block_of(terms.back()), terms.back());
    }
    CHECK(std::ranges::all_of(terms, may_contain));
    int admitted = 0;
    for (std::uint64_t i = 0; i < 10000; ++i) {
      if (may_contain(source.hasher().type(std::to_string(i)))) ++admitted;
    }
    CHECK(admitted < 40);  // about 0.1%
  }

  TEST_CASE("run format: filter blocks come in the order of the terms") {
    EventSource source(4);
    std::vector<Term> terms;
    for (int i = 0; i < 1000; ++i) terms.push_back(source.hasher().id(Uuid::random()));
    std::ranges::sort(terms);
    std::vector<std::uint64_t> blocks;
    for (const Term& term : terms) blocks.push_back(filter_block_of(term, 77));
    CHECK(std::ranges::is_sorted(blocks));
    CHECK(blocks.back() == 76);
  }

  TEST_CASE("run format: names are recognised strictly") {
    CHECK(run_file_name(SegmentId(0x1f)) == "000000000000001f.run");
    CHECK(parse_run_file_name("000000000000001f.run")->first == SegmentId(0x1f));
    CHECK(parse_run_file_name("000000000000001f.run")->last == SegmentId(0x1f));
    const std::string several = "000000000000001f-0000000000000020.run";
    CHECK(run_file_name(SegmentId(0x1f), SegmentId(0x20)) == several);
    CHECK(parse_run_file_name(several)->first == SegmentId(0x1f));
    CHECK(parse_run_file_name(several)->last == SegmentId(0x20));
    CHECK(parse_run_file_name(several + ".tmp")->temporary);
    CHECK(!parse_run_file_name("000000000000001f.run")->temporary);
    CHECK(parse_run_file_name("000000000000001f.run.tmp")->temporary);
    CHECK(parse_run_file_name(run_file_name(SegmentId(~0ULL)))->last == SegmentId(~0ULL));
    for (const char* name :
         {"", ".run", "1f.run", "000000000000001F.run", "0000000000000000.run",
          "000000000000001f.segment", "000000000000001f.run.tmp.tmp", "0000000000000001f.run",
          "000000000000001g.run", "000000000000001f.run~", "000000000000001f-000000000000001f.run",
          "000000000000001f-0000000000000001.run", "000000000000001f-.run",
          "000000000000001f-0000000000000020-0000000000000021.run",
          "000000000000001f_0000000000000020.run"}) {
      CAPTURE(name);
      CHECK(!parse_run_file_name(name));
    }
  }
}
