#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "esker/types.hpp"

namespace esker::format {

/// Consecutive segments, `first` to `last`: what a file of the log or of the index is about.
struct SegmentIds {
  SegmentId first;
  SegmentId last;

  SegmentIds() = default;
  SegmentIds(SegmentId only) : first(only), last(only) {}  // NOLINT: one is the usual case
  SegmentIds(SegmentId from, SegmentId to) : first(from), last(to) {}

  [[nodiscard]] bool several() const { return first != last; }
  [[nodiscard]] bool contains(const SegmentIds& other) const {
    return first <= other.first && other.last <= last;
  }
  friend bool operator==(const SegmentIds&, const SegmentIds&) = default;
};

/// As ids stand in file names: "0000000000000001", 16 hexadecimal digits, so that names sort as ids do; "0000000000000001-0000000000000004"
/// for several.
std::string ids_text(const SegmentIds& ids);

/// The ids of such a text; nothing when it is none: other than 16 digits, one that is no (lower-case) hexadecimal digit, an id of 0, or a
/// last one that is not behind the first.
std::optional<SegmentIds> parse_ids(std::string_view text);

/// "0000000000000001.segment", or "0000000000000001-0000000000000004.segment" for one that stands for several.
std::string segment_file_name(const SegmentIds& ids);

/// The ids in such a name; nothing when it is not one.
std::optional<SegmentIds> parse_segment_file_name(std::string_view name);

/// What a file that is not yet published has behind the name that it will get.
inline constexpr std::string_view kTemporarySuffix = ".tmp";

/// The name that such a file will get; nothing when `name` is not a temporary one.
std::optional<std::string_view> name_to_be(std::string_view name);

}  // namespace esker::format
