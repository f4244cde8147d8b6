#include "esker/stream_metadata.hpp"

#include <limits>
#include <utility>

#include "format/json_object.hpp"

namespace esker {
namespace {

// Source: format-spec.md, "Stream metadata". The first three are KurrentDB's.
constexpr std::string_view kMaxCount = "$maxCount";
constexpr std::string_view kMaxAge = "$maxAge";
constexpr std::string_view kTruncated = "$tb";  // how many events are gone from the beginning
constexpr std::string_view kDeleted = "$deleted";
constexpr std::string_view kDeletedBefore = "$deletedBefore";

/// As `$tb`: all events that are there. KurrentDB's clients delete a stream so.
constexpr std::uint64_t kAllTruncated = std::numeric_limits<std::int64_t>::max();
/// Some three hundred years, which nanoseconds can still count.
constexpr std::uint64_t kMaxAgeLimit = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;

Error invalid(std::string message) {
  return {Errc::invalid_argument, "stream metadata: " + std::move(message)};
}

Result<std::uint64_t> number_of(const format::JsonMember& member, std::uint64_t lowest,
                                std::uint64_t highest) {
  if (member.number && *member.number >= lowest && *member.number <= highest) {
    return *member.number;
  }
  return invalid(std::string(member.name) + " is " + member.text + ", allowed is a number from " +
                 std::to_string(lowest) + " to " + std::to_string(highest));
}

Result<void> read_member(const format::JsonMember& member, Position position,
                         StreamMetadata& metadata) {
  constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();
  if (member.name == kMaxCount) {
    ESKER_TRY(metadata.max_count, number_of(member, 1, kAny));
  } else if (member.name == kMaxAge) {
    ESKER_TRY(const std::uint64_t seconds, number_of(member, 1, kMaxAgeLimit));
    metadata.max_age = std::chrono::seconds(seconds);
  } else if (member.name == kTruncated) {
    ESKER_TRY(const std::uint64_t gone, number_of(member, 0, kAny));
    if (gone >= kAllTruncated) {
      metadata.deleted_before = position;
    } else {
      metadata.truncate_before = Version(gone).next();
    }
  } else if (member.name == kDeleted) {
    if (!member.truth) return invalid("$deleted is " + member.text + ", allowed is true or false");
    if (*member.truth) metadata.deleted_before = position;
  } else if (member.name == kDeletedBefore) {
    ESKER_TRY(const std::uint64_t before, number_of(member, 0, kAny));
    metadata.deleted_before = std::max(metadata.deleted_before, Position(before));
  } else {
    if (metadata.custom.empty()) metadata.custom = "{";
    format::add_member(metadata.custom, member.name, member.text);
  }
  return ok();
}

Result<void> add_custom(std::string& json, std::string_view custom) {
  if (custom.empty()) return ok();
  return format::for_each_member(custom, [&json](const format::JsonMember& member) -> Result<void> {
    if (member.name.starts_with(kSystemMark)) {
      return invalid("the application's member " + std::string(member.name) +
                     " begins with $, which is the store's");
    }
    format::add_member(json, member.name, member.text);
    return ok();
  });
}

}  // namespace

Result<SystemAppend> metadata_append(std::string_view stream, const StreamMetadata& metadata) {
  std::string json = "{";
  const auto add = [&json](std::string_view name, std::uint64_t number) {
    format::add_member(json, name, std::to_string(number));
  };
  if (metadata.max_count) add(kMaxCount, *metadata.max_count);
  if (metadata.max_age) add(kMaxAge, static_cast<std::uint64_t>(metadata.max_age->count()));
  if (metadata.truncate_before > Version(1)) {
    add(kTruncated, metadata.truncate_before.previous().value());
  }
  if (metadata.deleted) {
    format::add_member(json, kDeleted, "true");
  } else if (metadata.deleted_before != Position()) {
    add(kDeletedBefore, metadata.deleted_before.value());
  }
  ESKER_TRY(add_custom(json, metadata.custom));
  json += '}';
  // What is written is what is read: the same check for both.
  ESKER_TRY(parse_stream_metadata(json, Position(1)));
  const std::span<const std::byte> data = as_bytes(json);
  return SystemAppend(metadata_stream_of(stream), std::string(kMetadataType),
                      {data.begin(), data.end()});
}

Result<StreamMetadata> parse_stream_metadata(std::string_view json, Position position) {
  StreamMetadata metadata;
  ESKER_TRY(format::for_each_member(json, [&](const format::JsonMember& member) {
    return read_member(member, position, metadata);
  }));
  if (!metadata.custom.empty()) metadata.custom += '}';
  return metadata;
}

}  // namespace esker
