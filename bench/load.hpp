#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "esker/append.hpp"
#include "esker/event.hpp"

namespace esker::bench {

inline constexpr std::size_t kEventBytes = 256;  ///< Of data; the events have no metadata.

/// The value, or an exception that ends the benchmark with the error's message.
template <class T>
T must(Result<T>&& result) {
  if (!result) throw std::runtime_error(result.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

/// The data of all events, `kEventBytes` of JSON.
std::span<const std::byte> event_data();

/// A commit for one stream that can be appended again and again: `renew` gives its events new ids.
class Commit {
 public:
  /// `number` tells commits of one run apart. The stream is "bench-<number>".
  Commit(std::uint64_t number, std::size_t events);
  Commit(const Commit&) = delete;
  Commit& operator=(const Commit&) = delete;

  void renew();
  [[nodiscard]] std::span<const StreamAppend> streams() const { return {&append_, 1}; }
  [[nodiscard]] std::span<const NewEvent> events() const { return events_; }
  [[nodiscard]] const std::string& stream() const { return stream_; }

 private:
  std::string stream_;
  std::vector<NewEvent> events_;
  StreamAppend append_;
};

/// An id that no other call in this process gives, and hardly any in another; cheaper than asking the kernel for each.
EventId next_event_id();

}  // namespace esker::bench
