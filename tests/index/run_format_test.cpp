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
    footer.segment = {SegmentId(7), format::Salt(0x1122334455667788), Position(1000),
                      Position(2000)};
    footer.terms = 100;
    footer.postings = 4000;
    footer.terms_begin = 5000;
    footer.filter_begin = base::align_up<std::uint64_t>(5000 + 100 * kTermEntryBytes, 64);
    footer.filter_blocks = filter_blocks_for(100);
    footer.pages_begin = 8192;
    footer.pages_checksum = 0xabcdef01;
    footer.file_bytes = 8192 + 2 * kPageEntryBytes + kRunFooterBytes;
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
      const bool free = (at >= 16 && at < 64) || (at >= 80 && at < 88) || at == 120;
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
    RunFooter empty = footer;
    empty.segment.end = empty.segment.first;
    CHECK(!parse_run_footer(encode_run_footer(empty), footer.file_bytes).has_value());
    CHECK(!parse_run_footer(encode_run_footer(footer), footer.file_bytes + 1).has_value());
  }

  TEST_CASE("run format: a list is laid out as specified") {
    // The example of format-spec.md, "Run".
    std::vector<std::byte> bytes;
    append_posting_list(bytes, std::vector<Posting>{3, 4, 1000});
    const std::vector<unsigned> expected = {3, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 0x01, 0xe4, 0x07};
    CHECK(std::ranges::equal(bytes, expected, {},
                             [](std::byte byte) { return std::to_integer<unsigned>(byte); }));
  }

  TEST_CASE("run format: the filter never denies a term that it holds and rarely admits another") {
    EventSource source(3);
    std::vector<Term> terms;
    std::vector<std::byte> filter(filter_blocks_for(10000) * kFilterBlockBytes);
    const auto may_contain = [&](const Term& term) {
      const std::uint64_t block = filter_block_of(term, filter.size() / kFilterBlockBytes);
      return filter_may_contain(
          std::span(filter).subspan(block * kFilterBlockBytes, kFilterBlockBytes), term);
    };
    for (std::uint64_t i = 0; i < 10000; ++i) {
      terms.push_back(source.hasher().stream(std::to_string(i)));
      filter_insert(filter, terms.back());
    }
    CHECK(std::ranges::all_of(terms, may_contain));
    int admitted = 0;
    for (std::uint64_t i = 0; i < 10000; ++i) {
      if (may_contain(source.hasher().type(std::to_string(i)))) ++admitted;
    }
    CHECK(admitted < 40);  // about 0.1%
  }

  TEST_CASE("run format: names are recognised strictly") {
    CHECK(run_file_name(SegmentId(0x1f)) == "000000000000001f.run");
    CHECK(parse_run_file_name("000000000000001f.run")->id == SegmentId(0x1f));
    CHECK(!parse_run_file_name("000000000000001f.run")->temporary);
    CHECK(parse_run_file_name("000000000000001f.run.tmp")->temporary);
    CHECK(parse_run_file_name(run_file_name(SegmentId(~0ULL)))->id == SegmentId(~0ULL));
    for (const char* name :
         {"", ".run", "1f.run", "000000000000001F.run", "0000000000000000.run",
          "000000000000001f.segment", "000000000000001f.run.tmp.tmp", "0000000000000001f.run",
          "000000000000001g.run", "000000000000001f.run~"}) {
      CAPTURE(name);
      CHECK(!parse_run_file_name(name));
    }
  }
}
