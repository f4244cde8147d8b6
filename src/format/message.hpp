#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "esker/append.hpp"
#include "esker/compaction.hpp"
#include "esker/error.hpp"
#include "esker/info.hpp"
#include "esker/options.hpp"
#include "esker/proof.hpp"
#include "esker/query.hpp"
#include "esker/result.hpp"
#include "esker/uuid.hpp"
#include "format/checksum.hpp"
#include "format/frame.hpp"

namespace esker::format {

/// The messages of the native protocol, each the body of one frame. Source: format-spec.md, "Messages".
enum class MessageKind : std::uint16_t {
  // Client to server.
  hello = 1,      ///< The first frame of a connection, request 0; answered by `welcome`.
  append = 2,     ///< Answered by `appended` or `error`.
  read = 3,       ///< Answered by any number of `events`, then `end` or `error`.
  subscribe = 4,  ///< The same, with `progress` in between.
  credit = 5,     ///< More bytes of events for the read or subscription of this request number.
  cancel = 6,     ///< Ends the read or subscription of this request number.
  ping = 7,       ///< Answered by `pong`.
  info = 8,       ///< Answered by `info_reply`.
  compact = 9,    ///< Answered by `compaction` or `error`.
  prove = 10,     ///< Answered by `proof` or `error`.

  // Server to client.
  welcome = 33,
  appended = 34,
  events = 35,
  end = 36,
  progress = 37,
  pong = 38,
  info_reply = 39,
  error = 40,
  compaction = 41,
  proof = 42,
};

inline constexpr std::uint16_t kProtocolVersion = 1;
inline constexpr std::string_view kHelloMagic = "ESKR";
inline constexpr Position kNewestRoot{UINT64_MAX};  ///< In `prove`: no event has this position.
inline constexpr Position kNoTree{UINT64_MAX};      ///< In `info_reply`.
inline constexpr std::size_t kProofHashesMax = 65;  ///< In a path.
inline constexpr std::size_t kPingBytesMax = 64;
inline constexpr std::size_t kPeerNameBytesMax = 128;

// Flags of append, compact and compaction, and of read and subscribe.
inline constexpr std::uint32_t kAppendCondition = 1;
inline constexpr std::uint32_t kAppendExplain = 2;
inline constexpr std::uint32_t kCompactStart = 1;
inline constexpr std::uint32_t kCompactDryRun = 2;
inline constexpr std::uint32_t kCompactionRunning = 1;
inline constexpr std::uint32_t kCompactionDryRun = 2;
inline constexpr std::uint32_t kCompactionFailed = 4;
inline constexpr std::uint8_t kReadFirstOfStream = 1;
inline constexpr std::uint8_t kReadExplain = 2;
inline constexpr std::uint8_t kReadSystem = 4;
inline constexpr std::uint8_t kReadFromSnapshot = 8;
inline constexpr std::uint8_t kReadFromCheckpoint = 16;  ///< `from last` is a checkpoint's name.

struct Hello {
  static constexpr MessageKind kKind = MessageKind::hello;
  std::uint16_t version_min =
      kProtocolVersion;  ///< The protocol versions that the client speaks, both included.
  std::uint16_t version_max = kProtocolVersion;
  std::string_view
      client;  ///< What the client calls itself, for the server's logger; at most `kPeerNameBytesMax` bytes of UTF-8.
};

struct Welcome {
  static constexpr MessageKind kKind = MessageKind::welcome;
  std::uint16_t version = kProtocolVersion;  ///< The one that is spoken from now on.
  Uuid store_id;
  Incarnation incarnation;
  Position head;
  std::uint32_t frame_bytes_max = 0;  ///< The longest body that the server accepts.
  std::uint32_t appends_max =
      0;  ///< Appends that may wait for their answers; with more the server stops reading for a while.
  std::uint32_t idle_timeout_ms =
      0;  ///< A connection without a frame from the client for so long is closed.
  Limits limits;
  std::string_view server;  ///< What the server calls itself.
};

struct AppendRequest {
  static constexpr MessageKind kKind = MessageKind::append;
  NewCommit commit;
};

/// An append as parsed: the spans in `streams` lead into `events`, the views into the body. Moves, does not copy.
struct ParsedAppend {
  ParsedAppend() = default;
  ParsedAppend(ParsedAppend&&) = default;
  ParsedAppend& operator=(ParsedAppend&&) = default;
  std::vector<StreamAppend> streams;
  std::vector<NewEvent> events;
  std::optional<Condition> condition;
  bool explain = false;

  /// Valid as long as this stays where it is.
  [[nodiscard]] NewCommit commit() const {
    NewCommit commit(streams, condition ? &*condition : nullptr);
    commit.explain = explain;
    return commit;
  }
};

struct ReadRequest {
  static constexpr MessageKind kKind = MessageKind::read;
  std::uint32_t window_bytes = 0;  ///< The first credit.
  Query query;
};

struct SubscribeRequest {
  static constexpr MessageKind kKind = MessageKind::subscribe;
  std::uint32_t window_bytes = 0;  ///< The first credit.
  Query query;                     ///< Forwards.
};

struct Credit {
  static constexpr MessageKind kKind = MessageKind::credit;
  std::uint32_t bytes = 0;
};

struct Cancel {
  static constexpr MessageKind kKind = MessageKind::cancel;
};

struct Ping {
  static constexpr MessageKind kKind = MessageKind::ping;
  std::span<const std::byte> payload;  ///< At most `kPingBytesMax`; comes back in the `pong`.
};

struct Pong {
  static constexpr MessageKind kKind = MessageKind::pong;
  std::span<const std::byte> payload;
};

struct InfoRequest {
  static constexpr MessageKind kKind = MessageKind::info;
};

/// Asks how far compaction is, and begins one before.
struct CompactRequest {
  static constexpr MessageKind kKind = MessageKind::compact;
  bool start = false;
  CompactionOptions options{};  ///< When it starts.
};

/// What is to be proved.
enum class ProofKind : std::uint32_t { root = 0, inclusion = 1, consistency = 2 };

/// Asks for a root or a proof.
struct ProveRequest {
  static constexpr MessageKind kKind = MessageKind::prove;
  ProofKind what = ProofKind::root;
  Position first;  ///< Of an inclusion proof the event's, of a consistency proof the older root's.
  std::optional<Position> root{};  ///< Nothing: of the newest.
};

struct Appended {
  static constexpr MessageKind kKind = MessageKind::appended;
  AppendResult result;
};

/// Records in a row in one segment, as they stand there, so that the receiver can check each one's place-bound checksum.
struct Extent {
  Salt salt;
  FileOffset offset;  ///< Of the first record.
  std::uint32_t bytes = 0;
  std::uint32_t records = 0;
};

inline constexpr std::size_t kEventsHeaderBytes = 8;
inline constexpr std::size_t kExtentBytes = 24;
inline constexpr std::size_t kExtentsMax = 256;  ///< In one frame.

/// An `events` body as parsed; views into the body.
struct ParsedEvents {
  std::vector<Extent> extents;
  std::span<const std::byte> records;  ///< The extents' bytes, one after the other.
};

enum class EndReason : std::uint32_t {
  complete = 0,   ///< All that was asked for has been sent.
  cancelled = 1,  ///< The client wished it.
};

struct End {
  static constexpr MessageKind kKind = MessageKind::end;
  EndReason reason = EndReason::complete;
  Position looked_at;  ///< Every matching event up to here has been sent (forwards; otherwise 0).
  std::optional<Explanation> explanation{};  ///< Of a read that asked for it.
};

/// How far a subscription has got: what matches up to `looked_at` has been sent before.
struct Progress {
  static constexpr MessageKind kKind = MessageKind::progress;
  bool caught_up = false;  ///< That is all that is visible now.
  Position looked_at;
};

struct InfoReply {
  static constexpr MessageKind kKind = MessageKind::info_reply;
  StoreInfo info;
};

struct CompactionReply {
  static constexpr MessageKind kKind = MessageKind::compaction;
  CompactionStatus status;
};

struct ProofReply {
  static constexpr MessageKind kKind = MessageKind::proof;
  ProofKind what = ProofKind::root;
  Position first;  ///< As in the request.
  Position root;
  TreeHash hash{};  ///< The root's, or of an inclusion proof the leaf's; otherwise zero.
  std::vector<TreeHash> path{};
};

struct ErrorReply {
  static constexpr MessageKind kKind = MessageKind::error;
  const Error& error;
};

// --- encoding ---

/// Bytes of the message's body. The fields have been checked against their limits, here and below.
template <class Message>
std::size_t body_bytes(const Message& message);

template <class Message>
void encode_body(std::span<std::byte> into, const Message& message);

/// Bytes of the message as a frame.
template <class Message>
std::size_t frame_bytes(const Message& message) {
  return kFrameHeaderBytes + body_bytes(message);
}

/// Writes the message as a frame to `into`, which has `frame_bytes(message)` bytes.
template <class Message>
void encode_frame(std::span<std::byte> into, std::uint64_t request, const Message& message) {
  ESKER_ASSERT(into.size() >= kFrameHeaderBytes);
  encode_body(into.subspan(kFrameHeaderBytes), message);
  const std::span<const std::byte> body = into.subspan(kFrameHeaderBytes);
  encode_frame_header(into.first<kFrameHeaderBytes>(), static_cast<std::uint16_t>(Message::kKind),
                      request, std::span(&body, 1));
}

/// Appends the message as a frame to `out`.
template <class Message>
void append_frame(std::vector<std::byte>& out, std::uint64_t request, const Message& message) {
  const std::size_t begin = out.size();
  out.resize(begin + frame_bytes(message));
  encode_frame(std::span(out).subspan(begin), request, message);
}

/// Bytes of an `events` frame before its records.
constexpr std::size_t events_head_bytes(std::size_t extents) {
  return kFrameHeaderBytes + kEventsHeaderBytes + extents * kExtentBytes;
}

/// Writes what stands before the records in an `events` frame. `records` are the extents' bytes, in as many pieces as there are
/// extents, which are sent after it as they are.
void encode_events_head(std::span<std::byte> into, std::uint64_t request,
                        std::span<const Extent> extents,
                        std::span<const std::span<const std::byte>> records);

// --- parsing ---
//
// Each takes a body, checked by `check_frame`, and answers with a message whose views lead into it.
// Errors: `protocol`, saying what is wrong. Whatever the bytes, nothing is read beyond them, and no more is allocated than some three
// times their size. What only the store can judge (names, limits of events) is not looked at.

Result<Hello> parse_hello(std::span<const std::byte> body);
Result<Welcome> parse_welcome(std::span<const std::byte> body);
Result<ParsedAppend> parse_append(std::span<const std::byte> body);
Result<ReadRequest> parse_read(std::span<const std::byte> body);
Result<SubscribeRequest> parse_subscribe(std::span<const std::byte> body);
Result<Credit> parse_credit(std::span<const std::byte> body);
Result<Cancel> parse_cancel(std::span<const std::byte> body);
Result<Ping> parse_ping(std::span<const std::byte> body);
Result<Pong> parse_pong(std::span<const std::byte> body);
Result<InfoRequest> parse_info(std::span<const std::byte> body);
Result<CompactRequest> parse_compact(std::span<const std::byte> body);
Result<ProveRequest> parse_prove(std::span<const std::byte> body);
Result<Appended> parse_appended(std::span<const std::byte> body);
Result<ParsedEvents> parse_events(std::span<const std::byte> body);
Result<End> parse_end(std::span<const std::byte> body);
Result<Progress> parse_progress(std::span<const std::byte> body);
Result<InfoReply> parse_info_reply(std::span<const std::byte> body);
Result<CompactionReply> parse_compaction(std::span<const std::byte> body);
Result<ProofReply> parse_proof(std::span<const std::byte> body);

/// The error that the peer tells of; when the body is not one, an error `protocol` that says so.
Error parse_error(std::span<const std::byte> body);

}  // namespace esker::format
