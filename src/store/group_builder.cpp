#include "store/group_builder.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "base/assert.hpp"

namespace esker::store {
namespace {

/// So many events are added to the index at once: readers of the newest events wait for some ten microseconds at most.
constexpr std::size_t kIndexBatch = 128;

/// Of how many looks a condition may take here.
constexpr unsigned kDoublingsMax = 20;

}  // namespace

GroupBuilder::GroupBuilder(log::Log& log, index::Index& index, const IndexReader& index_reader,
                           const index::TermHasher& hasher, RetentionUse& retention,
                           const SequencerOptions& options)
    : log_(log),
      index_(index),
      hasher_(hasher),
      retention_(retention),
      group_bytes_max_(options.group_bytes_max),
      condition_looks_(options.condition_looks),
      in_flight_(options.group_bytes_max),
      lookup_(log, index_reader, hasher, in_flight_, retention, options.stream_heads_bytes_max) {
  const log::LogEnd end = log.end_at_open();
  segment_ = end.segment;
  segment_used_ = end.offset;
  segment_records_ = end.segment->end().value() - end.segment->first().value();
  last_position_ = end.position;
  time_ = end.time;
}

void GroupBuilder::resume(std::shared_ptr<log::Group> open, Position written, Timestamp now) {
  group_ = std::move(open);
  in_flight_.release(written);
  time_ = std::max(time_, now);
  synced_ = log_.synced();
}

GroupBuilder::Stall GroupBuilder::place(Command& command, std::optional<Answer>& answer) {
  Result<std::vector<StreamState>> looked_up =
      lookup_.look_up(command.commit.streams, last_position_.next(), id_terms_);
  if (!looked_up) {
    answer.emplace(Answer{Rests::on_nothing, std::move(looked_up).assume_error()});
    return Stall::none;
  }
  const std::vector<StreamState>& states = looked_up.assume_value();
  Result<ConditionLook> looked = look_at_condition(command, states);
  if (!looked) {
    answer.emplace(Answer{Rests::on_nothing, std::move(looked).assume_error()});
    return Stall::none;
  }
  ConditionLook& look = looked.assume_value();
  if (!look.complete) {
    command.condition_looked_at = look.looked_at;
    ++command.postponed;
    return Stall::condition;
  }
  const Decision decision = decide(command.commit.streams, states,
                                   look.conflict ? ConditionState::fails : ConditionState::holds);
  switch (decision.verdict) {
    case Verdict::already_there: {
      AppendResult result{AppendOutcome::already_there, {}};
      for (const StreamState& state : states) result.streams.push_back(state.appended);
      answer.emplace(Answer{Rests::on_finding, std::move(result)});
      return Stall::none;
    }
    case Verdict::partial_match:
      answer.emplace(Answer{
          Rests::on_rejection,
          Error(Errc::partial_match, partial_match_message(command.commit.streams, states))});
      return Stall::none;
    case Verdict::tombstoned:
    case Verdict::wrong_version:
      answer.emplace(rejected(command, states, decision));
      return Stall::none;
    case Verdict::condition_failed:
      answer.emplace(condition_failed(command, *std::move(look.conflict)));
      return Stall::none;
    case Verdict::accept:
      break;
  }
  Result<Stall> room = make_room(command.size);
  if (!room) {
    answer.emplace(Answer{Rests::on_nothing, std::move(room).assume_error()});
    return Stall::none;
  }
  if (room.assume_value() != Stall::none) return room.assume_value();
  answer.emplace(Answer{Rests::written, encode(command, states)});
  return Stall::none;
}

Result<ConditionLook> GroupBuilder::look_at_condition(const Command& command,
                                                      std::span<const StreamState> states) {
  if (command.commit.condition == nullptr || !is_new(states)) return ConditionLook{};
  const Position front = command.condition_front();
  if (front >= last_position_) return ConditionLook{};
  // More from time to time, so that it is decided however much comes while it is looked at beside.
  const std::uint64_t looks = condition_looks_ << std::min(command.postponed, kDoublingsMax);
  return lookup_.look(*command.commit.condition, {front.next(), last_position_.next()}, looks);
}

GroupBuilder::Answer GroupBuilder::condition_failed(const Command& command, Conflict conflict) {
  std::string message = condition_failed_message(command.commit.condition->after, conflict);
  std::vector<Conflict> conflicts;
  conflicts.push_back(std::move(conflict));
  return {Rests::on_rejection,
          Error(Errc::condition_failed, std::move(message), std::move(conflicts))};
}

GroupBuilder::Answer GroupBuilder::rejected(const Command& command,
                                            const std::vector<StreamState>& states,
                                            const Decision& decision) {
  Result<std::vector<Conflict>> found = conflicts(command, states, decision.failed);
  if (!found) return {Rests::on_nothing, std::move(found).assume_error()};
  std::vector<Conflict>& conflicts = found.assume_value();
  const std::uint32_t first = decision.failed.front();
  const bool tombstoned = decision.verdict == Verdict::tombstoned;
  std::string message =
      tombstoned ? tombstoned_message(conflicts.front())
                 : wrong_version_message(command.commit.streams[first].expected, states[first],
                                         conflicts.front(), decision.failed.size());
  return {Rests::on_rejection, Error(tombstoned ? Errc::tombstoned : Errc::wrong_version,
                                     std::move(message), std::move(conflicts))};
}

Result<std::vector<Conflict>> GroupBuilder::conflicts(const Command& command,
                                                      const std::vector<StreamState>& states,
                                                      const std::vector<std::uint32_t>& failed) {
  std::vector<Conflict> conflicts;
  const std::size_t told = std::min(failed.size(), kConflictsMax);
  for (const std::uint32_t i : std::span(failed).first(told)) {
    const StreamState& state = states[i];
    Conflict conflict{std::string(command.commit.streams[i].stream), state.version, state.position,
                      std::string()};
    if (state.position != Position()) {
      ESKER_TRY(const format::RecordView last, lookup_.read(state.position));
      conflict.event_type = last.type;
    }
    conflicts.push_back(std::move(conflict));
  }
  return conflicts;
}

Result<GroupBuilder::Stall> GroupBuilder::make_room(const CommitSize& size) {
  if (group_ != nullptr && group_->bytes.size() + size.record_bytes > group_bytes_max_) {
    return Stall::writer;
  }
  if (!log_.room(*segment_, segment_used_, segment_records_, size.record_bytes, size.records)) {
    // A group lies in one segment (R1): the one that is open goes first.
    if (group_ != nullptr) return Stall::writer;
    Result<std::shared_ptr<log::Segment>> next =
        log_.roll(*segment_, segment_records_, size.record_bytes, size.records);
    if (!next) {
      if (next.assume_error().code() == Errc::busy) return Stall::segment;
      return std::move(next).assume_error();
    }
    const bool replaced = next.assume_value()->header().id == segment_->header().id;
    segment_ = std::move(next).assume_value();
    segment_used_ = FileOffset(format::kSegmentHeaderBytes);
    segment_records_ = 0;
    if (!replaced) index_.begin_segment(segment_->header().id, last_position_.next());
  }
  if (group_ == nullptr) {
    group_ = in_flight_.begin_group(segment_, segment_used_, last_position_.next());
  }
  return Stall::none;
}

AppendResult GroupBuilder::encode(const Command& command, const std::vector<StreamState>& states) {
  AppendResult result;
  result.streams.reserve(command.commit.streams.size());
  std::size_t at = group_->bytes.size();
  group_->bytes.resize(at + command.size.record_bytes);
  group_->last_time = time_;
  std::size_t events = 0;
  for (std::size_t i = 0; i < command.commit.streams.size(); ++i) {
    const StreamAppend& stream = command.commit.streams[i];
    if (stream.events.empty()) {
      result.streams.push_back(states[i].appended);
      continue;
    }
    const bool last_of_commit = events + stream.events.size() == id_terms_.size();
    result.streams.push_back(
        encode_stream(stream, states[i], std::span(id_terms_).subspan(events, stream.events.size()),
                      last_of_commit, std::span(group_->bytes).subspan(at)));
    events += stream.events.size();
    at = segment_used_.value() - group_->begin.value();
  }
  ESKER_ASSERT_VALUES(at == group_->bytes.size(), at, group_->bytes.size());
  return result;
}

AppendedStream GroupBuilder::encode_stream(const StreamAppend& stream, const StreamState& state,
                                           std::span<const index::Term> id_terms,
                                           bool last_of_commit, std::span<std::byte> into) {
  AppendedStream appended{state.version.next(), state.version, last_position_.next(),
                          last_position_};
  const format::Salt salt = segment_->header().salt;
  index::EventTerms terms{
      hasher_.stream(stream.stream), hasher_.category(category_of(stream.stream)), {}, {}, {}};
  std::string_view type;
  std::size_t at = 0;
  event_terms_.clear();
  begin_other_terms(stream);
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    const NewEvent& event = stream.events[i];
    if (i == 0 || event.type != type) {
      type = event.type;
      terms.type = hasher_.type(type);
    }
    terms.id = id_terms[i];
    last_position_ = last_position_.next();
    appended.last_version = appended.last_version.next();
    terms.others = other_terms(event, appended.last_version);
    event_terms_.push_back(terms);
    const std::size_t bytes = format::record_bytes(stream.stream, event);
    format::encode_record(into.subspan(at, bytes), salt, segment_used_, stream.stream, event,
                          {last_position_, appended.last_version, time_, synced_,
                           last_of_commit && i + 1 == stream.events.size()});
    group_->offsets.push_back(
        static_cast<std::uint32_t>(segment_used_.value() / format::kRecordAlignment));
    at += bytes;
    segment_used_ = segment_used_.plus(bytes);
  }
  add_to_index(appended.first_position);
  segment_records_ += stream.events.size();
  appended.last_position = last_position_;
  const bool tombstone = type == kTombstoneType;
  if (tombstone) retention_.tombstones.store(true, std::memory_order_relaxed);
  if (stream.stream.starts_with(kMetadataMark)) {
    retention_.metadata.store(true, std::memory_order_relaxed);
  }
  lookup_.advance(stream.stream, terms.stream, {appended.last_version, last_position_, tombstone});
  return appended;
}

void GroupBuilder::begin_other_terms(const StreamAppend& stream) {
  std::size_t count = 1;  // of the stream's first event
  for (const NewEvent& event : stream.events) {
    if (!event.tags.empty()) count += event.tags.size();
  }
  other_terms_.clear();
  other_terms_.reserve(count);  // spans of it are given out while it is filled
}

std::span<const index::Term> GroupBuilder::other_terms(const NewEvent& event, Version version) {
  const std::size_t begin = other_terms_.size();
  for (const std::string_view tag : event.tags) other_terms_.push_back(hasher_.tag(tag));
  if (version == Version(1)) other_terms_.push_back(hasher_.first());
  return std::span(std::as_const(other_terms_)).subspan(begin);
}

void GroupBuilder::add_to_index(Position first) {
  for (std::size_t at = 0; at < event_terms_.size(); at += kIndexBatch) {
    const auto rest = std::span(std::as_const(event_terms_)).subspan(at);
    index_.add(first.plus(at), rest.first(std::min(kIndexBatch, rest.size())));
  }
}

}  // namespace esker::store
