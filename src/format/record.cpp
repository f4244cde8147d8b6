#include "format/record.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "format/record_layout.hpp"

namespace esker::format {
namespace {

using namespace record_layout;
static_assert(kFlags + sizeof(std::uint16_t) == kRecordHeaderBytes);

// The length is checked, too: one that differs within the padding would read as longer or shorter metadata.
static_assert(kRecordCheckedBegin == kLength);
constexpr std::uint32_t kLagUnknown = 0xFFFFFFFF;
constexpr std::size_t kNameBytesMax = 512;

std::size_t padded(std::size_t length) { return base::align_up(length, kRecordAlignment); }

std::size_t length_of(std::string_view stream, const NewEvent& event) {
  return kRecordHeaderBytes + stream.size() + event.type.size() + event.tags.encoded().size() +
         event.data.size() + event.metadata.size();
}

std::uint32_t checksum(std::span<const std::byte> record, Salt salt, FileOffset offset) {
  return crc32c_extend(place_seed(salt, offset), record.subspan(kRecordCheckedBegin));
}

std::uint32_t durable_lag(Position position, Position durable) {
  ESKER_ASSERT_VALUES(durable < position, durable.value(), position.value());
  const std::uint64_t lag = position.value() - durable.value();
  return lag < kLagUnknown ? static_cast<std::uint32_t>(lag) : kLagUnknown;
}

/// Copies `bytes` to `into` at `at`; returns where the next field begins.
std::size_t put(std::span<std::byte> into, std::size_t at, std::span<const std::byte> bytes) {
  if (!bytes.empty()) std::memcpy(into.data() + at, bytes.data(), bytes.size());
  return at + bytes.size();
}

struct Lengths {
  std::size_t total;
  std::size_t stream;
  std::size_t type;
  std::size_t tags;
  std::size_t data;

  [[nodiscard]] std::size_t before_metadata() const {
    return kRecordHeaderBytes + stream + type + tags + data;
  }
  /// Without tags, data and metadata.
  [[nodiscard]] bool names_only() const { return total == kRecordHeaderBytes + stream + type; }
  /// Of a gap, which is a header and no more.
  [[nodiscard]] bool gap() const {
    return total == kRecordHeaderBytes && stream == 0 && type == 0 && tags == 0 && data == 0;
  }
  [[nodiscard]] bool consistent() const {
    if (gap()) return true;
    return stream >= 1 && stream <= kNameBytesMax && type >= 1 && type <= kNameBytesMax &&
           before_metadata() <= total;
  }
};

Lengths load_lengths(std::span<const std::byte> bytes) {
  return {base::load_le<std::uint32_t>(bytes, kLength),
          base::load_le<std::uint16_t>(bytes, kStreamBytes),
          base::load_le<std::uint16_t>(bytes, kTypeBytes),
          base::load_le<std::uint16_t>(bytes, kTagsBytes),
          base::load_le<std::uint32_t>(bytes, kDataBytes)};
}

/// Whether the numbers are those of a gap.
bool is_allowed_gap(const RecordView& view, std::uint64_t positions, std::uint32_t lag) {
  return view.released && view.position != Position() && positions > 0 &&
         positions <= UINT64_MAX - view.position.value() && view.time != Timestamp() &&
         view.id.is_nil() && lag == kLagUnknown;
}

/// The fields of a record whose lengths and checksum are right.
ParsedRecord load_fields(std::span<const std::byte> bytes, const Lengths& lengths) {
  RecordView view;
  view.length = static_cast<std::uint32_t>(lengths.total);
  view.position = Position(base::load_le<std::uint64_t>(bytes, kPosition));
  const auto version = base::load_le<std::uint64_t>(bytes, kVersion);
  view.time = Timestamp(base::load_le<std::uint64_t>(bytes, kTime));
  std::array<std::byte, EventId::kBytes> id;
  std::memcpy(id.data(), bytes.data() + kId, id.size());
  view.id = EventId(id);
  const auto lag = base::load_le<std::uint32_t>(bytes, kDurableLag);
  const auto flags = base::load_le<std::uint16_t>(bytes, kFlags);
  view.commit_end = (flags & kCommitEnd) != 0;
  view.released = (flags & kReleased) != 0;
  if ((flags & ~(kCommitEnd | kReleased)) != 0) return {RecordFault::bad_field, {}};
  if (lengths.gap()) {
    if (!is_allowed_gap(view, version, lag)) return {RecordFault::bad_field, {}};
    view.positions = version;
    return {RecordFault::none, view};
  }
  view.version = Version(version);

  const bool fields_allowed = view.position != Position() && view.version != Version() &&
                              view.time != Timestamp() && !view.id.is_nil() && lag != 0 &&
                              (lag == kLagUnknown || lag <= view.position.value()) &&
                              (!view.released || lengths.names_only());
  if (!fields_allowed || !base::is_zero(bytes.subspan(lengths.total))) {
    return {RecordFault::bad_field, {}};
  }
  if (lag != kLagUnknown) view.durable = Position(view.position.value() - lag);

  std::size_t at = kRecordHeaderBytes;
  const auto take = [&](std::size_t size) {
    const auto field = bytes.subspan(at, size);
    at += size;
    return field;
  };
  view.stream = as_text(take(lengths.stream));
  view.type = as_text(take(lengths.type));
  const std::optional<TagsView> tags = TagsView::parse(take(lengths.tags));
  if (!tags) return {RecordFault::bad_field, {}};
  view.tags = *tags;
  view.data = take(lengths.data);
  view.metadata = take(lengths.total - at);
  return {RecordFault::none, view};
}

}  // namespace

std::size_t RecordView::padded_bytes() const { return padded(length); }

EventView RecordView::event() const {
  return {position, version, time, id, stream, type, data, metadata, tags};
}

std::size_t record_bytes(std::string_view stream, const NewEvent& event) {
  return padded(length_of(stream, event));
}

void encode_record(std::span<std::byte> into, Salt salt, FileOffset offset, std::string_view stream,
                   const NewEvent& event, const RecordStamp& stamp) {
  const std::size_t length = length_of(stream, event);
  const std::span<const std::byte> tags = event.tags.encoded();
  const std::span<std::byte> record = into.first(padded(length));
  base::store_le(record, kLength, static_cast<std::uint32_t>(length));
  base::store_le(record, kPosition, stamp.position.value());
  base::store_le(record, kVersion, stamp.version.value());
  base::store_le(record, kTime, stamp.time.value());
  put(record, kId, event.id.bytes());
  base::store_le(record, kDataBytes, static_cast<std::uint32_t>(event.data.size()));
  base::store_le(record, kDurableLag, durable_lag(stamp.position, stamp.durable));
  base::store_le(record, kStreamBytes, static_cast<std::uint16_t>(stream.size()));
  base::store_le(record, kTypeBytes, static_cast<std::uint16_t>(event.type.size()));
  base::store_le(record, kTagsBytes, static_cast<std::uint16_t>(tags.size()));
  base::store_le(record, kFlags, stamp.commit_end ? kCommitEnd : std::uint16_t{0});

  std::size_t at = put(record, kRecordHeaderBytes, as_bytes(stream));
  at = put(record, at, as_bytes(event.type));
  at = put(record, at, tags);
  at = put(record, at, event.data);
  at = put(record, at, event.metadata);
  std::fill(record.begin() + static_cast<std::ptrdiff_t>(at), record.end(), std::byte{0});
  base::store_le(record, kChecksum, checksum(record, salt, offset));
}

void encode_gap(std::span<std::byte> into, Salt salt, FileOffset offset, const Gap& gap) {
  const std::span<std::byte> record = into.first(kRecordHeaderBytes);
  std::ranges::fill(record, std::byte{0});
  base::store_le(record, kLength, static_cast<std::uint32_t>(kRecordHeaderBytes));
  base::store_le(record, kPosition, gap.first.value());
  base::store_le(record, kVersion, gap.positions);
  base::store_le(record, kTime, gap.time.value());
  base::store_le(record, kDurableLag, kLagUnknown);
  base::store_le(record, kFlags,
                 static_cast<std::uint16_t>(kReleased | (gap.commit_end ? kCommitEnd : 0U)));
  place_record(record, salt, offset);
}

void place_record(std::span<std::byte> record, Salt salt, FileOffset offset) {
  base::store_le(record, kChecksum, checksum(record, salt, offset));
}

std::size_t remnant_bytes(const RecordView& record) {
  return padded(kRecordHeaderBytes + record.stream.size() + record.type.size());
}

void encode_remnant(std::span<std::byte> into, Salt salt, FileOffset offset,
                    const RecordView& record) {
  const std::span<std::byte> remnant = into.first(remnant_bytes(record));
  encode_record(remnant, salt, offset, record.stream, {record.id, record.type, {}, {}},
                {record.position, record.version, record.time, record.durable, record.commit_end});
  const std::uint32_t flags = kReleased | (record.commit_end ? kCommitEnd : 0U);
  base::store_le(remnant, kFlags, static_cast<std::uint16_t>(flags));
  place_record(remnant, salt, offset);
}

ParsedRecord parse_record(std::span<const std::byte> bytes, Salt salt, FileOffset offset) {
  if (bytes.size() < kRecordHeaderBytes) return {RecordFault::too_short, {}};
  const Lengths lengths = load_lengths(bytes);
  if (lengths.total == 0 && base::is_zero(bytes.first(kRecordHeaderBytes))) {
    return {RecordFault::end_of_log, {}};
  }
  if (!lengths.consistent()) return {RecordFault::bad_length, {}};
  if (padded(lengths.total) > bytes.size()) return {RecordFault::too_short, {}};
  const auto record = bytes.first(padded(lengths.total));
  if (base::load_le<std::uint32_t>(record, kChecksum) != checksum(record, salt, offset)) {
    return {RecordFault::bad_checksum, {}};
  }
  return load_fields(record, lengths);
}

std::optional<RecordClaim> load_claim(std::span<const std::byte> header) {
  const Lengths lengths = load_lengths(header);
  if (!lengths.consistent()) return std::nullopt;
  return RecordClaim{padded(lengths.total), base::load_le<std::uint32_t>(header, kChecksum)};
}

std::string_view describe(RecordFault fault) {
  switch (fault) {
    case RecordFault::none:
      return "record is intact";
    case RecordFault::end_of_log:
      return "no record";
    case RecordFault::too_short:
      return "record is longer than what is left of the file";
    case RecordFault::bad_length:
      return "record's lengths disagree";
    case RecordFault::bad_checksum:
      return "record's checksum does not match";
    case RecordFault::bad_field:
      return "record has a field that is not allowed";
  }
  return "unknown fault";
}

}  // namespace esker::format
