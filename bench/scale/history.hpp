#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "esker/event.hpp"

namespace esker::bench {

inline constexpr std::uint64_t kEventsAStream = 10;

/// The events of a store that has been in use for long, each a function of its number, so that any of them can be appended or asked for
/// again without keeping a list.
///
/// There are four kinds of stream, told apart by how many of a kind are open at a time and so by how much of the log lies between two
/// events of one: checkouts (a hundred), orders (ten thousand), contracts (a tenth of all) and customers (all, so that each has one
/// event in every tenth of the log). The kinds take turns event by event. Every stream has ten events in the end.
class History {
 public:
  /// Has `events` events, rounded up so that all streams are whole.
  explicit History(std::uint64_t events);

  [[nodiscard]] std::uint64_t events() const { return kKinds * streams_a_kind_ * kEventsAStream; }
  [[nodiscard]] std::uint64_t streams() const { return kKinds * streams_a_kind_; }

  /// Numbers begin with 0. Those from `events()` on begin the same history again, under other ids.
  [[nodiscard]] std::string stream_of(std::uint64_t event) const;
  [[nodiscard]] static EventId id_of(std::uint64_t event);
  [[nodiscard]] std::string_view type_of(std::uint64_t event) const;

 private:
  static constexpr std::uint64_t kKinds = 4;

  /// A stream of a kind, and the how manyth of its events it is.
  struct Place {
    std::uint64_t kind = 0;
    std::uint64_t stream = 0;
    std::uint64_t round = 0;
  };
  [[nodiscard]] Place place_of(std::uint64_t event) const;

  std::uint64_t streams_a_kind_;
};

/// A number that looks random, and is another for each `number`.
std::uint64_t scatter(std::uint64_t number);

}  // namespace esker::bench
