#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace esker::peers {

inline constexpr std::size_t kEventBytes = 256;     ///< Of JSON data; the events have no metadata.
inline constexpr std::uint64_t kStreamEvents = 10;  ///< Of a stream, but for longer requests.
inline constexpr const char* kEventType = "OrderPlaced";

/// What every driver appends; the ones in other languages make the same.
struct Event {
  std::array<unsigned char, 16> id;
  std::string data;  ///< `kEventBytes` of JSON that differ by a number.
};

/// A new event, unlike any other of this and other processes.
Event next_event();

/// The usual form of an id, 36 characters.
std::string id_text(const std::array<unsigned char, 16>& id);

/// The name of one of the streams of `run`; the operation `load` fills those of the run "loaded".
std::string stream_name(const std::string& run, std::uint64_t number);

/// Where one client appends: to one stream after the other, so that it knows each one's version, as a client does that has read a
/// stream before it appends.
class StreamWriter {
 public:
  /// The client has the streams `client`, `client + clients`, `client + 2 * clients` … of the run.
  StreamWriter(std::string run, std::uint64_t client, std::uint64_t clients)
      : run_(std::move(run)), next_(client), clients_(clients) {}

  /// Makes room for `events` more in the current stream, or goes to the next one.
  void advance(std::uint64_t events);

  [[nodiscard]] const std::string& stream() const { return stream_; }
  /// Of the stream without the events for which room was made last; 0 when it is new.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  std::string run_;
  std::uint64_t next_;
  std::uint64_t clients_;
  std::string stream_;
  std::uint64_t version_ = 0;
  std::uint64_t end_ = 0;  // the stream's version with the events for which room was made
};

}  // namespace esker::peers
