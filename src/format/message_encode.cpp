#include <array>

#include "format/body.hpp"
#include "format/message.hpp"

// The layouts of format-spec.md, "Messages": each `write` names a body's fields in order, for counting and for writing.
namespace esker::format {
namespace {

template <class Out>
void write_limits(Out& out, const Limits& limits) {
  out.number(limits.event_bytes_max);
  out.number(limits.commit_bytes_max);
  out.number(limits.commit_events_max);
}

template <class Out>
void write(Out& out, const Hello& hello) {
  out.text(kHelloMagic);
  out.number(hello.version_min);
  out.number(hello.version_max);
  out.number(static_cast<std::uint16_t>(hello.client.size()));
  out.text(hello.client);
}

template <class Out>
void write(Out& out, const Welcome& welcome) {
  out.number(welcome.version);
  out.number(static_cast<std::uint16_t>(welcome.server.size()));
  out.number(welcome.frame_bytes_max);
  out.uuid(welcome.store_id);
  out.number(welcome.incarnation);
  out.number(welcome.head);
  out.number(welcome.appends_max);
  out.number(welcome.idle_timeout_ms);
  write_limits(out, welcome.limits);
  out.text(welcome.server);
}

template <class Out>
void write_texts(Out& out, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    out.number(static_cast<std::uint16_t>(text.size()));
    out.text(text);
  }
}

template <class Out>
void write_filter(Out& out, const Selector& selector, std::span<const QueryItem> items) {
  out.number(static_cast<std::uint16_t>(selector.kind));
  out.number(static_cast<std::uint16_t>(selector.name.size()));
  out.number(static_cast<std::uint16_t>(items.size()));
  out.number(std::uint16_t{0});
  out.text(selector.name);
  for (const QueryItem& item : items) {
    out.number(static_cast<std::uint16_t>(item.types.size()));
    out.number(static_cast<std::uint16_t>(item.tags.size()));
    write_texts(out, item.types);
    write_texts(out, item.tags);
  }
}

template <class Out>
void write(Out& out, const AppendRequest& append) {
  const NewCommit& commit = append.commit;
  out.number(static_cast<std::uint32_t>(commit.streams.size()));
  out.number((commit.condition != nullptr ? kAppendCondition : 0U) |
             (commit.explain ? kAppendExplain : 0U));
  if (commit.condition != nullptr) {
    out.number(commit.condition->after);
    write_filter(out, commit.condition->filter.selector, commit.condition->filter.items);
  }
  for (const StreamAppend& stream : commit.streams) {
    out.number(static_cast<std::uint16_t>(stream.expected.kind));
    out.number(static_cast<std::uint16_t>(stream.stream.size()));
    out.number(static_cast<std::uint32_t>(stream.events.size()));
    out.number(stream.expected.version);
    out.text(stream.stream);
    for (const NewEvent& event : stream.events) {
      out.uuid(event.id);
      out.number(static_cast<std::uint16_t>(event.type.size()));
      out.number(static_cast<std::uint16_t>(event.tags.encoded().size()));
      out.number(static_cast<std::uint32_t>(event.data.size()));
      out.number(static_cast<std::uint32_t>(event.metadata.size()));
      out.text(event.type);
      out.bytes(event.tags.encoded());
      out.bytes(event.data);
      out.bytes(event.metadata);
    }
  }
}

template <class Out>
void write_query(Out& out, std::uint32_t window_bytes, const Query& query) {
  out.number(static_cast<std::uint8_t>(query.direction));
  const bool from_checkpoint = !query.from_checkpoint.empty();
  const std::string& begin = from_checkpoint ? query.from_checkpoint : query.from_last;
  out.number(static_cast<std::uint8_t>(
      (query.first_of_stream ? kReadFirstOfStream : 0U) | (query.explain ? kReadExplain : 0U) |
      (query.system ? kReadSystem : 0U) | (query.from_snapshot ? kReadFromSnapshot : 0U) |
      (from_checkpoint ? kReadFromCheckpoint : 0U)));
  out.number(static_cast<std::uint16_t>(begin.size()));
  out.number(window_bytes);
  out.number(query.from);
  out.number(query.to.value_or(query.direction == Direction::forwards ? Query::kEnd : 0));
  out.number(query.limit);
  out.number(query.as_of);
  out.number(query.since);
  out.number(query.until);
  out.text(begin);
  write_filter(out, query.selector, query.items);
}

template <class Out>
void write(Out& out, const ReadRequest& read) {
  write_query(out, read.window_bytes, read.query);
}

template <class Out>
void write(Out& out, const SubscribeRequest& subscribe) {
  write_query(out, subscribe.window_bytes, subscribe.query);
}

template <class Out>
void write(Out& out, const Credit& credit) {
  out.number(credit.bytes);
}

template <class Out>
void write(Out& /*out*/, const Cancel& /*cancel*/) {}

template <class Out>
void write(Out& out, const Ping& ping) {
  out.bytes(ping.payload);
}

template <class Out>
void write(Out& out, const Pong& pong) {
  out.bytes(pong.payload);
}

template <class Out>
void write(Out& /*out*/, const InfoRequest& /*info*/) {}

template <class Out>
void write(Out& out, const CompactRequest& compact) {
  out.number((compact.start ? kCompactStart : 0U) |
             (compact.options.dry_run ? kCompactDryRun : 0U));
  out.number(compact.options.bytes_per_second);
}

template <class Out>
void write(Out& out, const ProveRequest& prove) {
  out.number(static_cast<std::uint32_t>(prove.what));
  out.number(prove.first);
  out.number(prove.root.value_or(kNewestRoot));
}

template <class Out>
void write_explanation(Out& out, const std::optional<Explanation>& explanation) {
  if (!explanation) return;
  out.number(explanation->lookups);
  out.number(explanation->postings);
  out.number(explanation->records);
  out.number(static_cast<std::uint64_t>(explanation->time.count()));
}

template <class Out>
void write(Out& out, const Appended& appended) {
  out.number(static_cast<std::uint32_t>(appended.result.outcome));
  out.number(static_cast<std::uint32_t>(appended.result.streams.size()));
  for (const AppendedStream& stream : appended.result.streams) {
    out.number(stream.first_version);
    out.number(stream.last_version);
    out.number(stream.first_position);
    out.number(stream.last_position);
  }
  write_explanation(out, appended.result.explanation);
}

template <class Out>
void write(Out& out, const End& end) {
  out.number(static_cast<std::uint32_t>(end.reason));
  out.number(end.looked_at);
  write_explanation(out, end.explanation);
}

template <class Out>
void write(Out& out, const Progress& progress) {
  out.number(std::uint32_t{progress.caught_up ? 1U : 0U});
  out.number(progress.looked_at);
}

template <class Out>
void write(Out& out, const InfoReply& reply) {
  const StoreInfo& info = reply.info;
  out.uuid(info.store_id);
  out.number(info.incarnation);
  out.number(info.head);
  out.number(info.head_time);
  out.number(info.segments);
  out.number(info.sealed_segments);
  out.number(info.log_bytes);
  out.number(info.runs);
  out.number(info.index_bytes);
  out.number(info.memtable_bytes);
  out.number(info.filter_bytes);
  out.number(info.run_terms);
  out.number(info.merges_waiting);
  out.number(info.merge_bytes_per_second);
  out.number(info.commits);
  out.number(info.groups);
  out.number(info.appended_events);
  out.number(info.merged_bytes);
  out.number(info.heads_found);
  out.number(info.heads_missed);
  out.number(info.compressed_segments);
  out.number(info.compressed_bytes_before);
  out.number(info.compressed_bytes);
  out.number(info.decoded_bytes);
  out.number(info.tree_end.value_or(kNoTree));
  out.number(info.tree_durable_end);
  out.number(static_cast<std::uint32_t>(info.durability.mode));
  out.number(static_cast<std::uint32_t>(info.durability.interval.count()));
  write_limits(out, info.limits);
  out.number(std::uint32_t{info.failed.has_value() ? 1U : 0U});
  out.number(static_cast<std::uint32_t>(info.runs_of_level.size()));
  for (const std::uint64_t runs : info.runs_of_level) out.number(runs);
  if (info.failed) out.text(*info.failed);
}

template <class Out>
void write(Out& out, const CompactionReply& reply) {
  const CompactionStatus& status = reply.status;
  out.number((status.running ? kCompactionRunning : 0U) |
             (status.dry_run ? kCompactionDryRun : 0U) | (status.failed ? kCompactionFailed : 0U));
  out.number(status.segments);
  out.number(status.segments_done);
  out.number(status.segments_compacted);
  out.number(status.segments_merged);
  out.number(status.bytes_before);
  out.number(status.bytes_after);
  out.number(static_cast<std::uint32_t>(status.released.size()));
  for (const ReleasedEvents& released : status.released) {
    out.number(released.events);
    out.number(released.bytes);
  }
  if (status.failed) out.text(*status.failed);
}

template <class Out>
void write(Out& out, const ProofReply& reply) {
  out.number(static_cast<std::uint32_t>(reply.what));
  out.number(reply.first);
  out.number(reply.root);
  out.bytes(reply.hash.bytes());
  for (const TreeHash& hash : reply.path) out.bytes(hash.bytes());
}

template <class Out>
void write(Out& out, const ErrorReply& reply) {
  const std::string_view text = reply.error.message();
  out.number(static_cast<std::uint16_t>(reply.error.code()));
  out.number(std::uint16_t{0});
  out.number(static_cast<std::uint32_t>(text.size()));
  out.number(static_cast<std::uint32_t>(reply.error.conflicts().size()));
  out.text(text);
  for (const Conflict& conflict : reply.error.conflicts()) {
    out.number(static_cast<std::uint16_t>(conflict.stream.size()));
    out.number(static_cast<std::uint16_t>(conflict.event_type.size()));
    out.number(conflict.actual);
    out.number(conflict.position);
    out.text(conflict.stream);
    out.text(conflict.event_type);
  }
}

}  // namespace

template <class Message>
std::size_t body_bytes(const Message& message) {
  BodyCounter counter;
  write(counter, message);
  return counter.count();
}

template <class Message>
void encode_body(std::span<std::byte> into, const Message& message) {
  BodyWriter writer(into);
  write(writer, message);
  ESKER_ASSERT_VALUES(writer.written() == into.size(), writer.written(), into.size());
}

#define ESKER_INSTANTIATE(Message)                         \
  template std::size_t body_bytes(const Message& message); \
  template void encode_body(std::span<std::byte> into, const Message& message)

ESKER_INSTANTIATE(Hello);
ESKER_INSTANTIATE(Welcome);
ESKER_INSTANTIATE(AppendRequest);
ESKER_INSTANTIATE(ReadRequest);
ESKER_INSTANTIATE(SubscribeRequest);
ESKER_INSTANTIATE(Credit);
ESKER_INSTANTIATE(Cancel);
ESKER_INSTANTIATE(Ping);
ESKER_INSTANTIATE(Pong);
ESKER_INSTANTIATE(InfoRequest);
ESKER_INSTANTIATE(CompactRequest);
ESKER_INSTANTIATE(ProveRequest);
ESKER_INSTANTIATE(Appended);
ESKER_INSTANTIATE(End);
ESKER_INSTANTIATE(Progress);
ESKER_INSTANTIATE(InfoReply);
ESKER_INSTANTIATE(CompactionReply);
ESKER_INSTANTIATE(ProofReply);
ESKER_INSTANTIATE(ErrorReply);

#undef ESKER_INSTANTIATE

void encode_events_head(std::span<std::byte> into, std::uint64_t request,
                        std::span<const Extent> extents,
                        std::span<const std::span<const std::byte>> records) {
  ESKER_ASSERT(extents.size() == records.size() && extents.size() <= kExtentsMax);
  ESKER_ASSERT(into.size() == events_head_bytes(extents.size()));
  BodyWriter writer(into.subspan(kFrameHeaderBytes));
  writer.number(static_cast<std::uint32_t>(extents.size()));
  writer.number(std::uint32_t{0});
  for (const Extent& extent : extents) {
    writer.number(extent.salt);
    writer.number(extent.offset);
    writer.number(extent.bytes);
    writer.number(extent.records);
  }
  std::array<std::span<const std::byte>, kExtentsMax + 1> pieces;
  pieces[0] = into.subspan(kFrameHeaderBytes);
  for (std::size_t i = 0; i < records.size(); ++i) {
    ESKER_ASSERT(records[i].size() == extents[i].bytes);
    pieces[i + 1] = records[i];
  }
  encode_frame_header(into.first<kFrameHeaderBytes>(),
                      static_cast<std::uint16_t>(MessageKind::events), request,
                      std::span(pieces).first(extents.size() + 1));
}

}  // namespace esker::format
