#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "index/index.hpp"
#include "log/log.hpp"
#include "store/append.hpp"
#include "store/decide.hpp"
#include "store/in_flight.hpp"
#include "store/stream_lookup.hpp"

namespace esker::store {

struct SequencerOptions {
  std::uint64_t group_bytes_max = 0;
  std::uint64_t queue_bytes_max = 0;
  std::uint64_t stream_heads_bytes_max = 0;
  /// All appends wait while a condition is looked at; one that takes more look-ups and records than this is looked at beside them. A look
  /// takes about a microsecond.
  std::uint64_t condition_looks = 1024;
};

/// Decides commands and encodes those that it accepts into the open group, straight into the bytes that will be written; their postings
/// are in the index, and their streams' heads have moved on, before the next command is decided.
///
/// Threads: the builder's. What it is given by reference outlives it.
class GroupBuilder {
 public:
  /// Why the builder cannot go on.
  enum class Stall : std::uint8_t {
    none,
    writer,  ///< The open group is full, or the next commit belongs into the next segment: until the writer has taken the group.
    segment,    ///< The next segment is being prepared: until the log says that it is.
    condition,  ///< The command's condition has much to look at: until that has been done, beside the builder. Others need not wait.
  };

  struct Answer {
    Rests rests = Rests::on_nothing;
    Result<AppendResult> result;
  };

  GroupBuilder(log::Log& log, index::Index& index, const IndexReader& index_reader,
               const index::TermHasher& hasher, RetentionUse& retention,
               const SequencerOptions& options);

  /// Goes on with the open group; null when the writer has taken it. `written`: groups up to here are not looked at by the writer any more.
  /// `now` is the time of what will be recorded, if time has not gone back (R13).
  void resume(std::shared_ptr<log::Group> open, Position written, Timestamp now);

  /// Decides a command. On a stall there is no answer, and the command is to be placed again later; nothing has happened.
  /// An exception (memory) leaves the builder unusable: the store must fail.
  Stall place(Command& command, std::optional<Answer>& answer);

  /// The open group; null when there is none. It holds at least one commit.
  [[nodiscard]] const std::shared_ptr<log::Group>& group() const { return group_; }
  [[nodiscard]] const StreamHeads& heads() const { return lookup_.heads(); }
  /// What looking things up for all commands has cost, but for the time.
  [[nodiscard]] Explanation cost() const { return lookup_.cost(); }
  /// The last position assigned.
  [[nodiscard]] Position last_position() const { return last_position_; }

 private:
  Result<Stall> make_room(const CommitSize& size);
  AppendResult encode(const Command& command, const std::vector<StreamState>& states);
  AppendedStream encode_stream(const StreamAppend& stream, const StreamState& state,
                               std::span<const index::Term> id_terms, bool last_of_commit,
                               std::span<std::byte> into);
  /// Makes room for all that a stream's events are found by besides; then that of one event, valid until the next stream.
  void begin_other_terms(const StreamAppend& stream);
  std::span<const index::Term> other_terms(const NewEvent& event, Version version);
  /// Adds the events of `event_terms_`.
  void add_to_index(Position first);
  /// Whether the command's condition holds, if that is asked for.
  Result<ConditionLook> look_at_condition(const Command& command,
                                          std::span<const StreamState> states);
  Answer condition_failed(const Command& command, Conflict conflict);
  Answer rejected(const Command& command, const std::vector<StreamState>& states,
                  const Decision& decision);
  Result<std::vector<Conflict>> conflicts(const Command& command,
                                          const std::vector<StreamState>& states,
                                          const std::vector<std::uint32_t>& failed);

  log::Log& log_;
  index::Index& index_;
  const index::TermHasher& hasher_;
  RetentionUse& retention_;
  const std::uint64_t group_bytes_max_;
  const std::uint64_t condition_looks_;
  InFlight in_flight_;
  StreamLookup lookup_;
  // Kept for their memory.
  std::vector<index::Term> id_terms_;
  std::vector<index::EventTerms> event_terms_;
  std::vector<index::Term> other_terms_;

  std::shared_ptr<log::Group> group_;
  std::shared_ptr<log::Segment> segment_;  // where the next commit goes, if it fits
  FileOffset segment_used_;                // behind the last record placed there
  std::uint64_t segment_records_ = 0;      // placed there
  Position last_position_;
  Timestamp time_;
  Position synced_;  // the durable witness of what is encoded now
};

}  // namespace esker::store
