#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <variant>

#include "esker/cursor.hpp"
#include "esker/subscription.hpp"
#include "server/native/events_frame.hpp"
#include "server/native/outbox.hpp"

namespace esker::server {

/// One read or subscription of a client: walks the log as far as its credit goes. Threads: one.
class Feed {
 public:
  /// `walk` is that of `query`; `window_bytes` is the first credit.
  Feed(std::uint64_t request, std::variant<Cursor, Subscription> walk, const Query& query,
       std::uint32_t window_bytes)
      : request_(request),
        walk_(std::move(walk)),
        direction_(query.direction),
        explain_(query.explain),
        credit_(window_bytes) {}

  enum class State : std::uint8_t {
    more,       ///< There may be more to send at once.
    paused,     ///< It has looked at much and found nothing; there is more to look at.
    no_credit,  ///< Until the client gives some.
    caught_up,  ///< A subscription has delivered all that is visible.
    complete,   ///< All that was asked for has been delivered.
  };

  /// Puts one `events` frame of at most `frame_bytes` of records, or one record that is longer, into `outbox`, unless there is none to
  /// send. Errors: those of reading; nothing was put.
  Result<State> fill(Outbox& outbox, std::size_t frame_bytes);

  void add_credit(std::uint32_t bytes) { credit_ = std::min(credit_ + bytes, kCreditMax); }

  [[nodiscard]] std::uint64_t request() const { return request_; }
  [[nodiscard]] bool is_subscription() const { return std::holds_alternative<Subscription>(walk_); }
  /// Only of a subscription.
  [[nodiscard]] Subscription& subscription() { return std::get<Subscription>(walk_); }

  /// What a read has cost, if its query asks for that.
  [[nodiscard]] std::optional<Explanation> explanation();

  /// Every selected event up to here has been put into the outbox; 0 for a walk backwards.
  [[nodiscard]] Position looked_at();

 private:
  static constexpr std::int64_t kCreditMax = std::int64_t{1} << 62;  // without bound, in effect

  /// The next records; nothing when there are none (any more, or now).
  Result<std::optional<store::RecordRun>> next(std::size_t bytes_max);
  [[nodiscard]] bool finished();

  const std::uint64_t request_;
  std::variant<Cursor, Subscription> walk_;
  const Direction direction_;
  const bool explain_;
  std::int64_t credit_;                      // below 0 when the last frame went beyond it
  std::optional<store::RecordRun> carried_;  // walked to, but did not fit into the last frame
  std::optional<Error> failure_;             // met behind the last frame
};

}  // namespace esker::server
