#include "store/validate.hpp"

#include <simdjson.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstring>
#include <string>

#include "base/byte_order.hpp"
#include "esker/checkpoint.hpp"
#include "esker/snapshot.hpp"
#include "esker/stream_metadata.hpp"
#include "format/record.hpp"
#include "format/segment.hpp"
#include "store/filter.hpp"

namespace esker::store {
namespace {

constexpr std::uint64_t kEventBytesLimit = 1ULL << 30;
constexpr std::uint64_t kGroupBytesMin = 4096;
constexpr std::uint64_t kGroupBytesLimit = 1ULL << 30;
constexpr std::uint64_t kPageBytes = 4096;

Error invalid(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

/// Has the top bit of each byte set that is a control character or not ASCII; carries may also set it in a byte above such a one.
/// Source: the byte tricks of S. E. Anderson, "Bit Twiddling Hacks", "Determine if a word has a byte less than n".
constexpr std::uint64_t not_plain(std::uint64_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  const std::uint64_t below_space = bytes - kEach * 0x20;
  const std::uint64_t delete_or_more = bytes + kEach;  // 0x7f becomes 0x80
  return (below_space | delete_or_more | bytes) & (kEach * 0x80);
}

/// True when all bytes are ASCII and none is a control character: the usual case, without decoding.
bool is_plain_ascii(std::string_view name) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (name.size() < kWord) {
    return std::ranges::all_of(name, [](char c) { return c >= 0x20 && c < 0x7f; });
  }
  const auto word_at = [bytes = as_bytes(name)](std::size_t offset) {
    return base::load_le<std::uint64_t>(bytes, offset);
  };
  std::uint64_t found =
      not_plain(word_at(name.size() - kWord));  // what is behind the last whole word
  for (std::size_t at = 0; at + kWord <= name.size(); at += kWord) found |= not_plain(word_at(at));
  return found == 0;
}

bool has_control_character(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x20 || c == 0x7f) return true;
    // U+0080..U+009F are C2 80..C2 9F. In valid UTF-8 another byte follows each C2.
    if (c == 0xc2 && static_cast<unsigned char>(utf8[i + 1]) < 0xa0) return true;
  }
  return false;
}

/// Ids are the clients' choice, and mostly random; mixing both halves keeps chosen ones from meeting in one bucket by accident.
struct IdHash {
  using is_avalanching = void;
  std::size_t operator()(const EventId& id) const noexcept {
    std::uint64_t halves[2];
    std::memcpy(halves, id.bytes().data(), sizeof(halves));
    // The finalizer of SplitMix64, over both halves.
    std::uint64_t hash = halves[0] + 0x9e3779b97f4a7c15ULL * (halves[1] | 1);
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
    hash = (hash ^ (hash >> 27) ^ halves[1]) * 0x94d049bb133111ebULL;
    return hash ^ (hash >> 31);
  }
};

Result<void> check_ids(std::span<const StreamAppend> streams, std::size_t events) {
  boost::unordered_flat_set<EventId, IdHash> seen;
  if (events > 1) seen.reserve(events);
  for (const StreamAppend& stream : streams) {
    for (const NewEvent& event : stream.events) {
      if (event.id.is_nil()) return invalid("an event id is nil: give each event its own UUID");
      if (events > 1 && !seen.insert(event.id).second) {
        return invalid("event id " + event.id.to_string() + " is in the append twice");
      }
    }
  }
  return ok();
}

Result<void> check_streams(std::span<const StreamAppend> streams) {
  if (streams.empty()) return invalid("the append names no stream");
  boost::unordered_flat_set<std::string_view> names;
  for (const StreamAppend& stream : streams) {
    ESKER_TRY(check_name(stream.stream, kStreamNameBytesMax, "stream name"));
    if (streams.size() > 1 && !names.insert(stream.stream).second) {
      return invalid("the append names stream \"" + std::string(stream.stream) +
                     "\" twice: put its events into one list");
    }
  }
  return ok();
}

Error too_large(std::string_view what, std::uint64_t is, std::uint64_t limit) {
  return {Errc::too_large, std::string(what) + " is " + std::to_string(is) + ", the limit is " +
                               std::to_string(limit)};
}

std::string number(std::uint64_t value) { return std::to_string(value); }

std::uint64_t event_bytes(const NewEvent& event) {
  return event.type.size() + event.tags.encoded().size() + event.data.size() +
         event.metadata.size();
}

Result<void> check_size(const NewEvent& event, const Limits& limits) {
  // Each is checked by itself first, so that the sum cannot wrap.
  if (event.data.size() <= limits.event_bytes_max &&
      event.metadata.size() <= limits.event_bytes_max &&
      event_bytes(event) <= limits.event_bytes_max) {
    return ok();
  }
  return too_large("event of " + number(event.data.size()) + " bytes of data and " +
                       number(event.metadata.size()) + " of metadata: size in bytes",
                   event_bytes(event), limits.event_bytes_max);
}

Result<void> check_tags(const TagsView& tags) {
  std::size_t count = 0;
  for (auto tag = tags.begin(); tag != tags.end(); ++tag) {
    ESKER_TRY(check_name(*tag, kTagBytesMax, "tag"));
    if (std::find(tags.begin(), tag, *tag) != tag) {
      return invalid("tag \"" + std::string(*tag) + "\" is given to an event twice");
    }
    // Before there are so many that looking for each among those before takes long.
    if (++count > kTagsOfEventMax) {
      return too_large("number of tags of an event", tags.size(), kTagsOfEventMax);
    }
  }
  return ok();
}

/// What is appended to the store's own streams must say what it is read for; nothing may follow a tombstone.
Result<void> check_system_events(const StreamAppend& stream) {
  for (const NewEvent& event : stream.events) {
    const bool last = &event == &stream.events.back();
    if (event.type == kTombstoneType && !last) {
      return invalid("an event follows the tombstone of stream \"" + std::string(stream.stream) +
                     '"');
    }
    if (!is_system_stream(stream.stream)) continue;
    if (stream.stream.starts_with(kMetadataMark)) {
      if (event.type != kMetadataType) {
        return invalid("stream \"" + std::string(stream.stream) +
                       "\" takes events of type $metadata only");
      }
      ESKER_TRY(parse_stream_metadata(as_text(event.data), Position(1)));
    } else if (stream.stream.starts_with(kCheckpointMark)) {
      ESKER_TRY(parse_checkpoint(as_text(event.data)));
    } else if (stream.stream.starts_with(kSnapshotMark) && event.type != kTombstoneType &&
               !snapshot_version(stream.stream, event.tags)) {
      return invalid("stream \"" + std::string(stream.stream) +
                     "\" takes snapshots only, with a tag $version=N that says of which version");
    }
  }
  return ok();
}

Result<void> check_from_snapshot(const Query& query) {
  if (query.selector.kind != Selector::Kind::stream || query.direction != Direction::forwards) {
    return invalid("a query that begins with a snapshot is of one stream, and goes forwards");
  }
  if (query.from > 1 || !query.from_last.empty() || !query.from_checkpoint.empty()) {
    return invalid("a query that begins with a snapshot can begin nowhere else");
  }
  return ok();
}

/// `lowest <= value <= highest`, or an error that names the option.
Result<void> check_range(std::string_view option, std::uint64_t value, std::uint64_t lowest,
                         std::uint64_t highest) {
  if (value >= lowest && value <= highest) return ok();
  return invalid("option " + std::string(option) + " is " + number(value) + ", allowed is " +
                 number(lowest) + " to " + number(highest));
}

}  // namespace

Result<void> check_name(std::string_view name, std::size_t bytes_max, std::string_view what) {
  if (name.empty()) return invalid(std::string(what) + " is empty");
  if (name.size() > bytes_max) {
    return invalid(std::string(what) + " has " + number(name.size()) + " bytes, at most " +
                   number(bytes_max) + " are allowed");
  }
  if (is_plain_ascii(name)) return ok();
  if (!simdjson::validate_utf8(name.data(), name.size())) {
    return invalid(std::string(what) + " is not valid UTF-8");
  }
  if (has_control_character(name)) {
    return invalid(std::string(what) + " contains a control character");
  }
  return ok();
}

Result<CommitSize> check_commit(const NewCommit& commit, const Limits& limits) {
  if (commit.condition != nullptr) {
    ESKER_TRY(check_condition(*commit.condition));
  }
  const std::span<const StreamAppend> streams = commit.streams;
  ESKER_TRY(check_streams(streams));
  std::size_t events = 0;
  for (const StreamAppend& stream : streams) events += stream.events.size();
  if (events > limits.commit_events_max) {
    return too_large("number of events in the append", events, limits.commit_events_max);
  }
  CommitSize size;
  if (events == 0) return invalid("the append has no events");
  size.records = static_cast<std::uint32_t>(events);
  std::string_view type_checked;  // events of one append are mostly of few types
  for (const StreamAppend& stream : streams) {
    for (const NewEvent& event : stream.events) {
      if (event.type != type_checked || type_checked.empty()) {
        ESKER_TRY(check_name(event.type, kEventTypeBytesMax, "event type"));
        type_checked = event.type;
      }
      ESKER_TRY(check_size(event, limits));
      ESKER_TRY(check_tags(event.tags));
      size.event_bytes += stream.stream.size() + event_bytes(event) + EventId::kBytes;
      size.record_bytes += format::record_bytes(stream.stream, event);
    }
    ESKER_TRY(check_system_events(stream));
  }
  if (size.record_bytes > limits.commit_bytes_max) {
    return too_large("append as stored: size in bytes", size.record_bytes, limits.commit_bytes_max);
  }
  ESKER_TRY(check_ids(streams, events));
  return size;
}

Result<void> check_query(const Query& query) {
  ESKER_TRY(check_filter(view_of(query)));
  if (!query.from_last.empty()) {
    if (query.direction != Direction::forwards) {
      return invalid("a query that begins at the last event of a type goes forwards only");
    }
    ESKER_TRY(check_name(query.from_last, kEventTypeBytesMax, "event type"));
  }
  if (!query.from_checkpoint.empty()) {
    if (query.direction != Direction::forwards) {
      return invalid("a query that begins behind a checkpoint goes forwards only");
    }
    if (!query.from_last.empty()) {
      return invalid("a query begins behind a checkpoint or at the last event of a type, not both");
    }
    ESKER_TRY(check_name(query.from_checkpoint, kStreamNameBytesMax, "checkpoint name"));
  }
  if (query.from_snapshot) return check_from_snapshot(query);
  return ok();
}

Result<void> check_condition(const Condition& condition) {
  ESKER_TRY(check_filter(view_of(condition.filter)));
  if (condition.filter.selector.kind == Selector::Kind::all && condition.filter.items.empty()) {
    return invalid("the condition is about all events: give it items or a selector");
  }
  return ok();
}

Result<StoreOptions> check_options(const StoreOptions& options) {
  StoreOptions checked = options;
  ESKER_TRY(check_range("segment_bytes", options.segment_bytes, format::kSegmentBytesMin,
                        format::kSegmentBytesMax));
  ESKER_TRY(check_range("segment_bytes_first", options.segment_bytes_first,
                        format::kSegmentBytesMin, format::kSegmentBytesMax));
  ESKER_TRY(
      check_range("limits.event_bytes_max", options.limits.event_bytes_max, 1, kEventBytesLimit));
  ESKER_TRY(
      check_range("limits.commit_events_max", options.limits.commit_events_max, 1, 1'000'000'000));
  ESKER_TRY(check_range("limits.commit_bytes_max", options.limits.commit_bytes_max, 1024,
                        format::kSegmentBytesMax));
  ESKER_TRY(check_range("snapshots_kept", options.snapshots_kept, 1, UINT64_MAX));
  ESKER_TRY(
      check_range("group_bytes_max", options.group_bytes_max, kGroupBytesMin, kGroupBytesLimit));
  ESKER_TRY(check_range("queue_bytes_max", options.queue_bytes_max, 1, UINT64_MAX));
  const auto watermark = options.watermark_interval.count();
  if (watermark < 1 || watermark > 1000) {
    return invalid("option watermark_interval is " + std::to_string(watermark) +
                   " ms, allowed is 1 to 1000");
  }
  const auto interval = options.durability.interval.count();
  if (options.durability.mode == Durability::Mode::interval &&
      (interval < 1 || interval > 3'600'000)) {
    return invalid("option durability: an interval of " + std::to_string(interval) +
                   " ms, allowed is 1 to 3600000");
  }
  checked.segment_bytes = base::align_up(options.segment_bytes, kPageBytes);
  checked.segment_bytes_first =
      std::min(base::align_up(options.segment_bytes_first, kPageBytes), checked.segment_bytes);
  // Exactly what fits depends on the number of records; a commit that this bound lets through and the segment does not is `too_large`.
  const std::uint64_t room =
      checked.segment_bytes - format::kSegmentHeaderBytes - format::kSegmentFooterBytes;
  checked.limits.commit_bytes_max = std::min(options.limits.commit_bytes_max, room);
  return checked;
}

}  // namespace esker::store
