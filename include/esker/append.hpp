#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "esker/event.hpp"
#include "esker/function.hpp"
#include "esker/result.hpp"

namespace esker {

/// What the stream must be like for an append to go through.
struct Expected {
  enum class Kind : std::uint8_t { any = 0, no_stream = 1, stream_exists = 2, version = 3 };

  static constexpr Expected any() { return {}; }
  static constexpr Expected no_stream() { return {Kind::no_stream, Version()}; }
  static constexpr Expected stream_exists() { return {Kind::stream_exists, Version()}; }
  /// The stream's last event has this version; 0 is the same as `no_stream`.
  static constexpr Expected exactly(Version version) { return {Kind::version, version}; }

  Kind kind = Kind::any;
  Version version;  ///< For `Kind::version`.
};

/// Events for one stream. Views are the caller's and must outlive the append's answer.
struct StreamAppend {
  std::string_view stream;  ///< 1..512 bytes of UTF-8 without control characters.
  Expected expected;
  std::span<const NewEvent> events;  ///< At least one.
};

enum class AppendOutcome : std::uint8_t {
  written = 0,  ///< The events are new and now part of the log.
  already_there =
      1,  ///< All of them had been appended before; the numbers are those of the first time.
};

/// Where one stream's events are.
struct AppendedStream {
  Version first_version;
  Version last_version;
  Position first_position;
  Position last_position;
};

/// The answer to an append that succeeded.
struct AppendResult {
  AppendOutcome outcome = AppendOutcome::written;
  std::vector<AppendedStream> streams;  ///< One for each `StreamAppend`, in their order.

  /// The commit's last position.
  [[nodiscard]] Position position() const {
    Position last;
    for (const AppendedStream& stream : streams) last = std::max(last, stream.last_position);
    return last;
  }
};

/// Called exactly once, on one of the store's threads; it must not block, throw, or call the store's blocking functions.
using AppendHandler = UniqueFunction<void(Result<AppendResult>)>;

}  // namespace esker
