#include <algorithm>
#include <string>

#include "format/body.hpp"
#include "format/message.hpp"
#include "format/tree_file.hpp"

namespace esker::format {
namespace {

// The least that an entry of a list takes, so that a count cannot ask for more memory than its body could fill.
constexpr std::size_t kStreamBytesMin = 16;
constexpr std::size_t kEventBytesMin = 28;
constexpr std::size_t kAppendedStreamBytes = 32;
constexpr std::size_t kConflictBytesMin = 20;

Error broken(std::string_view kind, std::string_view what) {
  return {Errc::protocol, std::string(kind).append(" message ").append(what)};
}

Error truncated(std::string_view kind) {
  return broken(kind, "has lengths that disagree with the frame's");
}

Limits read_limits(BodyReader& in) {
  Limits limits;
  limits.event_bytes_max = in.number<std::uint64_t>();
  limits.commit_bytes_max = in.number<std::uint64_t>();
  limits.commit_events_max = in.number<std::uint32_t>();
  return limits;
}

/// What may stand at the end of an answer, if it was asked for.
std::optional<Explanation> read_explanation(BodyReader& in) {
  if (in.remaining() == 0) return std::nullopt;
  Explanation explanation;
  explanation.lookups = in.number<std::uint64_t>();
  explanation.postings = in.number<std::uint64_t>();
  explanation.records = in.number<std::uint64_t>();
  explanation.time = std::chrono::nanoseconds(in.number<std::uint64_t>());
  return explanation;
}

struct ParsedQuery {
  std::uint32_t window_bytes = 0;
  Query query;
};

void parse_texts(BodyReader& in, std::size_t count, std::vector<std::string>& texts) {
  for (std::size_t i = 0; i < count && in.intact(); ++i) {
    texts.emplace_back(in.text(in.number<std::uint16_t>()));
  }
}

/// The bounds are those of `base::check_bounds`: whoever asks for more has been told so before.
Result<void> parse_filter(BodyReader& in, std::string_view kind, Selector& selector,
                          std::vector<QueryItem>& items) {
  const auto selector_kind = in.number<std::uint16_t>();
  const auto name_bytes = in.number<std::uint16_t>();
  const auto item_count = in.number<std::uint16_t>();
  const auto reserved = in.number<std::uint16_t>();
  selector.name = in.text(name_bytes);
  if (selector_kind > static_cast<std::uint16_t>(Selector::Kind::id)) {
    return broken(kind, "selects by " + std::to_string(selector_kind) + ", which is not known");
  }
  selector.kind = static_cast<Selector::Kind>(selector_kind);
  if (reserved != 0) return broken(kind, "has reserved bits set");
  if (item_count > kQueryItemsMax) return broken(kind, "has more items than allowed");
  for (std::size_t i = 0; i < item_count; ++i) {
    const auto types = in.number<std::uint16_t>();
    const auto tags = in.number<std::uint16_t>();
    if (types > kQueryTypesMax || tags > kQueryTagsMax) {
      return broken(kind, "has an item with more types or tags than allowed");
    }
    QueryItem& item = items.emplace_back();
    parse_texts(in, types, item.types);
    parse_texts(in, tags, item.tags);
  }
  if (!in.intact()) return truncated(kind);
  return ok();
}

Result<ParsedQuery> parse_query(std::span<const std::byte> body, std::string_view kind) {
  BodyReader in(body);
  ParsedQuery parsed;
  Query& query = parsed.query;
  const auto direction = in.number<std::uint8_t>();
  const auto flags = in.number<std::uint8_t>();
  const auto begin_bytes = in.number<std::uint16_t>();
  parsed.window_bytes = in.number<std::uint32_t>();
  query.from = in.number<std::uint64_t>();
  query.to = in.number<std::uint64_t>();
  query.limit = in.number<std::uint64_t>();
  query.as_of = in.strong<Position>();
  query.since = in.strong<Timestamp>();
  query.until = in.strong<Timestamp>();
  const std::string_view begin = in.text(begin_bytes);
  ESKER_TRY(parse_filter(in, kind, query.selector, query.items));
  if (!in.complete()) return truncated(kind);
  if (direction > static_cast<std::uint8_t>(Direction::backwards)) {
    return broken(kind, "has direction " + std::to_string(direction) + ", which is not known");
  }
  constexpr unsigned kKnown =
      kReadFirstOfStream | kReadExplain | kReadSystem | kReadFromSnapshot | kReadFromCheckpoint;
  if ((flags & ~kKnown) != 0) {
    return broken(kind, "has reserved bits set");
  }
  if ((flags & kReadFromCheckpoint) != 0 && begin.empty()) {
    return broken(kind, "begins behind a checkpoint without a name");
  }
  query.direction = static_cast<Direction>(direction);
  query.first_of_stream = (flags & kReadFirstOfStream) != 0;
  query.explain = (flags & kReadExplain) != 0;
  query.system = (flags & kReadSystem) != 0;
  query.from_snapshot = (flags & kReadFromSnapshot) != 0;
  ((flags & kReadFromCheckpoint) != 0 ? query.from_checkpoint : query.from_last) = begin;
  if (query.to == (query.direction == Direction::forwards ? Query::kEnd : 0)) query.to.reset();
  return parsed;
}

Result<void> parse_stream(BodyReader& in, ParsedAppend& append) {
  const auto expected = in.number<std::uint16_t>();
  const auto name_bytes = in.number<std::uint16_t>();
  const auto events = in.number<std::uint32_t>();
  StreamAppend stream;
  stream.expected.version = in.strong<Version>();
  stream.stream = in.text(name_bytes);
  if (expected > static_cast<std::uint16_t>(Expected::Kind::version)) {
    return broken("append", "expects by " + std::to_string(expected) + ", which is not known");
  }
  stream.expected.kind = static_cast<Expected::Kind>(expected);
  if (events > in.remaining() / kEventBytesMin) return truncated("append");
  for (std::uint32_t i = 0; i < events; ++i) {
    NewEvent event;
    event.id = in.uuid();
    const auto type_bytes = in.number<std::uint16_t>();
    const auto tags_bytes = in.number<std::uint16_t>();
    const auto data_bytes = in.number<std::uint32_t>();
    const auto metadata_bytes = in.number<std::uint32_t>();
    event.type = in.text(type_bytes);
    const std::optional<TagsView> tags = TagsView::parse(in.bytes(tags_bytes));
    event.data = in.bytes(data_bytes);
    event.metadata = in.bytes(metadata_bytes);
    if (!in.intact()) return truncated("append");
    if (!tags) return broken("append", "has tags whose lengths disagree");
    event.tags = *tags;
    append.events.push_back(event);
  }
  // The events' place is known when all are there; until then the span tells only their number.
  stream.events = std::span(static_cast<const NewEvent*>(nullptr), 0);
  append.streams.push_back(stream);
  return ok();
}

}  // namespace

Result<Hello> parse_hello(std::span<const std::byte> body) {
  BodyReader in(body);
  if (in.text(kHelloMagic.size()) != kHelloMagic)
    return broken("hello", "does not begin with ESKR");
  Hello hello;
  hello.version_min = in.number<std::uint16_t>();
  hello.version_max = in.number<std::uint16_t>();
  hello.client = in.text(in.number<std::uint16_t>());
  if (!in.complete()) return truncated("hello");
  if (hello.version_min > hello.version_max || hello.client.size() > kPeerNameBytesMax) {
    return broken("hello", "has a field that is not allowed");
  }
  return hello;
}

Result<Welcome> parse_welcome(std::span<const std::byte> body) {
  BodyReader in(body);
  Welcome welcome;
  welcome.version = in.number<std::uint16_t>();
  const auto server_bytes = in.number<std::uint16_t>();
  welcome.frame_bytes_max = in.number<std::uint32_t>();
  welcome.store_id = in.uuid();
  welcome.incarnation = in.strong<Incarnation>();
  welcome.head = in.strong<Position>();
  welcome.appends_max = in.number<std::uint32_t>();
  welcome.idle_timeout_ms = in.number<std::uint32_t>();
  welcome.limits = read_limits(in);
  welcome.server = in.text(server_bytes);
  if (!in.complete()) return truncated("welcome");
  return welcome;
}

Result<ParsedAppend> parse_append(std::span<const std::byte> body) {
  BodyReader in(body);
  ParsedAppend append;
  const auto streams = in.number<std::uint32_t>();
  const auto flags = in.number<std::uint32_t>();
  if ((flags & ~(kAppendCondition | kAppendExplain)) != 0) {
    return broken("append", "has reserved bits set");
  }
  append.explain = (flags & kAppendExplain) != 0;
  if ((flags & kAppendCondition) != 0) {
    Condition& condition = append.condition.emplace();
    condition.after = in.strong<Position>();
    ESKER_TRY(parse_filter(in, "append", condition.filter.selector, condition.filter.items));
  }
  if (streams > in.remaining() / kStreamBytesMin) return truncated("append");
  append.streams.reserve(streams);
  std::vector<std::size_t> ends;
  ends.reserve(streams);
  for (std::uint32_t i = 0; i < streams; ++i) {
    ESKER_TRY(parse_stream(in, append));
    ends.push_back(append.events.size());
  }
  if (!in.complete()) return truncated("append");
  std::size_t begin = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    append.streams[i].events = std::span(append.events).subspan(begin, ends[i] - begin);
    begin = ends[i];
  }
  return append;
}

Result<ReadRequest> parse_read(std::span<const std::byte> body) {
  ESKER_TRY(ParsedQuery parsed, parse_query(body, "read"));
  return ReadRequest{parsed.window_bytes, std::move(parsed.query)};
}

Result<SubscribeRequest> parse_subscribe(std::span<const std::byte> body) {
  ESKER_TRY(ParsedQuery parsed, parse_query(body, "subscribe"));
  return SubscribeRequest{parsed.window_bytes, std::move(parsed.query)};
}

Result<Credit> parse_credit(std::span<const std::byte> body) {
  BodyReader in(body);
  const Credit credit{in.number<std::uint32_t>()};
  if (!in.complete()) return truncated("credit");
  return credit;
}

Result<Cancel> parse_cancel(std::span<const std::byte> body) {
  if (!body.empty()) return truncated("cancel");
  return Cancel{};
}

Result<Ping> parse_ping(std::span<const std::byte> body) {
  if (body.size() > kPingBytesMax) return broken("ping", "is too long");
  return Ping{body};
}

Result<Pong> parse_pong(std::span<const std::byte> body) {
  if (body.size() > kPingBytesMax) return broken("pong", "is too long");
  return Pong{body};
}

Result<InfoRequest> parse_info(std::span<const std::byte> body) {
  if (!body.empty()) return truncated("info");
  return InfoRequest{};
}

Result<CompactRequest> parse_compact(std::span<const std::byte> body) {
  BodyReader in(body);
  const auto flags = in.number<std::uint32_t>();
  CompactRequest compact;
  compact.options.bytes_per_second = in.number<std::uint64_t>();
  if (!in.complete()) return truncated("compact");
  if ((flags & ~(kCompactStart | kCompactDryRun)) != 0) {
    return broken("compact", "has reserved bits set");
  }
  compact.start = (flags & kCompactStart) != 0;
  compact.options.dry_run = (flags & kCompactDryRun) != 0;
  return compact;
}

Result<ProveRequest> parse_prove(std::span<const std::byte> body) {
  BodyReader in(body);
  ProveRequest prove;
  const auto what = in.number<std::uint32_t>();
  prove.first = in.strong<Position>();
  const auto root = in.strong<Position>();
  if (!in.complete()) return truncated("prove");
  prove.what = static_cast<ProofKind>(what);
  if (what > static_cast<std::uint32_t>(ProofKind::consistency) ||
      (prove.what == ProofKind::root && prove.first != Position())) {
    return broken("prove", "has a field that is not allowed");
  }
  if (root != kNewestRoot) prove.root = root;
  return prove;
}

Result<Appended> parse_appended(std::span<const std::byte> body) {
  BodyReader in(body);
  Appended appended;
  const auto outcome = in.number<std::uint32_t>();
  const auto streams = in.number<std::uint32_t>();
  if (streams > in.remaining() / kAppendedStreamBytes) return truncated("appended");
  appended.result.streams.reserve(streams);
  for (std::uint32_t i = 0; i < streams; ++i) {
    AppendedStream stream;
    stream.first_version = in.strong<Version>();
    stream.last_version = in.strong<Version>();
    stream.first_position = in.strong<Position>();
    stream.last_position = in.strong<Position>();
    appended.result.streams.push_back(stream);
  }
  appended.result.explanation = read_explanation(in);
  if (!in.complete()) return truncated("appended");
  if (outcome > static_cast<std::uint32_t>(AppendOutcome::already_there)) {
    return broken("appended", "has outcome " + std::to_string(outcome) + ", which is not known");
  }
  appended.result.outcome = static_cast<AppendOutcome>(outcome);
  return appended;
}

Result<ParsedEvents> parse_events(std::span<const std::byte> body) {
  BodyReader in(body);
  ParsedEvents events;
  const auto extents = in.number<std::uint32_t>();
  const auto reserved = in.number<std::uint32_t>();
  if (extents > kExtentsMax || extents > in.remaining() / kExtentBytes) return truncated("events");
  events.extents.reserve(extents);
  std::uint64_t bytes = 0;
  for (std::uint32_t i = 0; i < extents; ++i) {
    Extent extent;
    extent.salt = in.strong<Salt>();
    extent.offset = in.strong<FileOffset>();
    extent.bytes = in.number<std::uint32_t>();
    extent.records = in.number<std::uint32_t>();
    bytes += extent.bytes;
    events.extents.push_back(extent);
  }
  if (!in.intact() || bytes != in.remaining()) return truncated("events");
  if (reserved != 0) return broken("events", "has reserved bits set");
  events.records = in.rest();
  return events;
}

Result<End> parse_end(std::span<const std::byte> body) {
  BodyReader in(body);
  const auto reason = in.number<std::uint32_t>();
  const auto looked_at = in.strong<Position>();
  std::optional<Explanation> explanation = read_explanation(in);
  if (!in.complete()) return truncated("end");
  if (reason > static_cast<std::uint32_t>(EndReason::cancelled)) {
    return broken("end", "has reason " + std::to_string(reason) + ", which is not known");
  }
  return End{static_cast<EndReason>(reason), looked_at, explanation};
}

Result<Progress> parse_progress(std::span<const std::byte> body) {
  BodyReader in(body);
  const auto caught_up = in.number<std::uint32_t>();
  const auto looked_at = in.strong<Position>();
  if (!in.complete()) return truncated("progress");
  if (caught_up > 1) return broken("progress", "has reserved bits set");
  return Progress{caught_up == 1, looked_at};
}

Result<InfoReply> parse_info_reply(std::span<const std::byte> body) {
  BodyReader in(body);
  InfoReply reply;
  StoreInfo& info = reply.info;
  info.store_id = in.uuid();
  info.incarnation = in.strong<Incarnation>();
  info.head = in.strong<Position>();
  info.head_time = in.strong<Timestamp>();
  info.segments = in.number<std::uint64_t>();
  info.sealed_segments = in.number<std::uint64_t>();
  info.log_bytes = in.number<std::uint64_t>();
  info.runs = in.number<std::uint64_t>();
  info.index_bytes = in.number<std::uint64_t>();
  info.memtable_bytes = in.number<std::uint64_t>();
  info.filter_bytes = in.number<std::uint64_t>();
  info.run_terms = in.number<std::uint64_t>();
  info.merges_waiting = in.number<std::uint64_t>();
  info.merge_bytes_per_second = in.number<std::uint64_t>();
  info.commits = in.number<std::uint64_t>();
  info.groups = in.number<std::uint64_t>();
  info.appended_events = in.number<std::uint64_t>();
  info.merged_bytes = in.number<std::uint64_t>();
  info.heads_found = in.number<std::uint64_t>();
  info.heads_missed = in.number<std::uint64_t>();
  info.compressed_segments = in.number<std::uint64_t>();
  info.compressed_bytes_before = in.number<std::uint64_t>();
  info.compressed_bytes = in.number<std::uint64_t>();
  info.decoded_bytes = in.number<std::uint64_t>();
  if (const auto tree_end = in.strong<Position>(); tree_end != kNoTree) info.tree_end = tree_end;
  info.tree_durable_end = in.strong<Position>();
  const auto mode = in.number<std::uint32_t>();
  info.durability.interval = std::chrono::milliseconds(in.number<std::uint32_t>());
  info.limits = read_limits(in);
  const auto failed = in.number<std::uint32_t>();
  const auto levels = in.number<std::uint32_t>();
  if (levels > in.remaining() / sizeof(std::uint64_t)) return truncated("info_reply");
  for (std::uint32_t i = 0; i < levels; ++i) {
    info.runs_of_level.push_back(in.number<std::uint64_t>());
  }
  const std::span<const std::byte> reason = in.rest();
  if (!in.complete()) return truncated("info_reply");
  if (mode > static_cast<std::uint32_t>(Durability::Mode::none) || failed > 1 ||
      (failed == 0 && !reason.empty())) {
    return broken("info_reply", "has a field that is not allowed");
  }
  info.durability.mode = static_cast<Durability::Mode>(mode);
  if (failed == 1) info.failed = std::string(as_text(reason));
  return reply;
}

Result<CompactionReply> parse_compaction(std::span<const std::byte> body) {
  BodyReader in(body);
  CompactionReply reply;
  CompactionStatus& status = reply.status;
  const auto flags = in.number<std::uint32_t>();
  status.segments = in.number<std::uint64_t>();
  status.segments_done = in.number<std::uint64_t>();
  status.segments_compacted = in.number<std::uint64_t>();
  status.segments_merged = in.number<std::uint64_t>();
  status.bytes_before = in.number<std::uint64_t>();
  status.bytes_after = in.number<std::uint64_t>();
  const auto classes = in.number<std::uint32_t>();
  if (classes != status.released.size()) return truncated("compaction");
  for (ReleasedEvents& released : status.released) {
    released.events = in.number<std::uint64_t>();
    released.bytes = in.number<std::uint64_t>();
  }
  const std::span<const std::byte> reason = in.rest();
  if (!in.complete()) return truncated("compaction");
  status.running = (flags & kCompactionRunning) != 0;
  status.dry_run = (flags & kCompactionDryRun) != 0;
  const bool failed = (flags & kCompactionFailed) != 0;
  if ((flags & ~(kCompactionRunning | kCompactionDryRun | kCompactionFailed)) != 0 ||
      (!failed && !reason.empty())) {
    return broken("compaction", "has a field that is not allowed");
  }
  if (failed) status.failed = std::string(as_text(reason));
  return reply;
}

Result<ProofReply> parse_proof(std::span<const std::byte> body) {
  BodyReader in(body);
  ProofReply reply;
  const auto what = in.number<std::uint32_t>();
  reply.first = in.strong<Position>();
  reply.root = in.strong<Position>();
  const std::vector<TreeHash> hash = load_hashes(in.bytes(TreeHash::kBytes));
  const std::span<const std::byte> path = in.rest();
  if (!in.complete() || path.size() % TreeHash::kBytes != 0) return truncated("proof");
  reply.what = static_cast<ProofKind>(what);
  reply.hash = hash.front();
  reply.path = load_hashes(path);
  const bool hashes = reply.what != ProofKind::consistency || reply.hash == TreeHash();
  const bool rootless =
      reply.what != ProofKind::root || (reply.first == Position() && reply.path.empty());
  if (what > static_cast<std::uint32_t>(ProofKind::consistency) || !hashes || !rootless ||
      reply.path.size() > kProofHashesMax) {
    return broken("proof", "has a field that is not allowed");
  }
  return reply;
}

Error parse_error(std::span<const std::byte> body) {
  BodyReader in(body);
  const auto code = in.number<std::uint16_t>();
  const auto reserved = in.number<std::uint16_t>();
  const auto text_bytes = in.number<std::uint32_t>();
  const auto conflict_count = in.number<std::uint32_t>();
  std::string text(in.text(text_bytes));
  if (!in.intact() || conflict_count > in.remaining() / kConflictBytesMin) {
    return truncated("error");
  }
  std::vector<Conflict> conflicts;
  conflicts.reserve(conflict_count);
  for (std::uint32_t i = 0; i < conflict_count; ++i) {
    const auto stream_bytes = in.number<std::uint16_t>();
    const auto type_bytes = in.number<std::uint16_t>();
    Conflict conflict;
    conflict.actual = in.strong<Version>();
    conflict.position = in.strong<Position>();
    conflict.stream = in.text(stream_bytes);
    conflict.event_type = in.text(type_bytes);
    conflicts.push_back(std::move(conflict));
  }
  if (!in.complete()) return truncated("error");
  if (reserved != 0 || errc_name(static_cast<Errc>(code)) == "unknown") {
    return broken("error", "has code " + std::to_string(code) + ", which is not known");
  }
  return {static_cast<Errc>(code), std::move(text), std::move(conflicts)};
}

}  // namespace esker::format
