#include "format/segment_ids.hpp"

#include <doctest/doctest.h>

namespace esker::format {

TEST_SUITE("format") {
  TEST_CASE("segment ids: names sort as ids do, and others are not taken for one") {
    CHECK(segment_file_name(SegmentId(1)) == "0000000000000001.segment");
    CHECK(segment_file_name(SegmentId(0xabc)) == "0000000000000abc.segment");
    CHECK(parse_segment_file_name("0000000000000abc.segment") == SegmentIds(SegmentId(0xabc)));
    for (const char* name :
         {"", "1.segment", "0000000000000000.segment", "0000000000000ABC.segment",
          "0000000000000001.segment.tmp", "000000000000000g.segment", "0000000000000001.run"}) {
      CAPTURE(name);
      CHECK_FALSE(parse_segment_file_name(name).has_value());
    }
  }

  TEST_CASE("segment ids: a temporary name tells which one it will be") {
    CHECK(name_to_be("0000000000000001.segment.tmp") == "0000000000000001.segment");
    CHECK(name_to_be(".tmp") == "");
    CHECK_FALSE(name_to_be("0000000000000001.segment"));
    CHECK_FALSE(name_to_be("tmp"));
  }

  TEST_CASE("segment ids: several stand as the first and the last") {
    const SegmentIds several(SegmentId(2), SegmentId(0x1f));
    CHECK(segment_file_name(several) == "0000000000000002-000000000000001f.segment");
    CHECK(parse_segment_file_name(segment_file_name(several)) == several);
    CHECK(several.several());
    CHECK(several.contains(SegmentId(2)));
    CHECK(several.contains({SegmentId(3), SegmentId(0x1f)}));
    CHECK_FALSE(several.contains({SegmentId(1), SegmentId(5)}));
    for (const char* name :
         {"0000000000000002-0000000000000002.segment", "0000000000000002-0000000000000001.segment",
          "0000000000000002-.segment", "-0000000000000002.segment",
          "0000000000000001-0000000000000002-0000000000000003.segment"}) {
      CAPTURE(name);
      CHECK_FALSE(parse_segment_file_name(name).has_value());
    }
  }
}

}  // namespace esker::format
