#pragma once

#include <cstdint>
#include <memory>

#include "esker/function.hpp"
#include "server/grpc/failure.hpp"
#include "server/grpc/wire.hpp"

namespace esker {
class Store;
}

namespace esker::server::kurrent {

/// What a read or a subscription has to say, message by message. Pulled, so a slow reader holds back itself only, and nothing is kept for
/// it. Threads: one at a time, but for `cancel`. Must not outlive the store.
class MessageSource {
 public:
  enum class Step : std::uint8_t {
    message,  ///< It has been written.
    paused,   ///< Much has been looked at, and somebody else should have a turn.
    waiting,  ///< There is nothing yet: `async_wait`.
    done,     ///< There will be no more.
  };

  virtual ~MessageSource() = default;

  /// Writes the next message. `message` may hold an earlier one. Does not block but for pages that must be read from disk.
  virtual Reply<Step> next(streams::ReadResp& message) = 0;

  /// Calls `handler` once, when there may be more; on one of the store's threads, where it must not block.
  virtual void async_wait(UniqueFunction<void()> handler) = 0;
  /// Ends waiting, now and from now on. Any thread.
  virtual void cancel() = 0;
};

/// Looks so many events over before somebody else has a turn.
inline constexpr std::uint64_t kLooksOfTurn = 1024;

/// The answers to `request`. Failures: the request is not one, or its stream has been ended; errors of reading.
Reply<std::unique_ptr<MessageSource>> open_source(const Store& store,
                                                  const streams::ReadReq& request);

}  // namespace esker::server::kurrent
