#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "esker/system_streams.hpp"
#include "esker/types.hpp"
#include "format/record.hpp"

namespace esker::store {

/// A stream's last event.
struct StreamHead {
  Version version;
  Position position;
  bool tombstone = false;  ///< No event may follow.
};

inline StreamHead head_of(const format::RecordView& record) {
  return {record.version, record.position, record.type == kTombstoneType};
}

/// The heads of recently used streams, written and in flight, within a bound of memory: the least recently used go first.
///
/// A cache of what the index and the records say. A head that has gone is looked up again, also one in flight: the index
/// holds its postings from the moment it is assigned. Threads: the builder's.
class StreamHeads {
 public:
  /// `bytes_max` bounds names and book-keeping; at least one head is kept.
  explicit StreamHeads(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// The head of `stream`, whose hash is `hash`; nothing when it is not known here, which says nothing about the store.
  std::optional<StreamHead> find(std::string_view stream, std::uint64_t hash);

  void set(std::string_view stream, std::uint64_t hash, StreamHead head);

  /// How often `find` knew the stream, and how often not.
  [[nodiscard]] std::uint64_t found() const { return found_; }
  [[nodiscard]] std::uint64_t missed() const { return missed_; }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string name;
    std::uint64_t hash;
    StreamHead head;
  };
  /// The map's key: the entry's own name, with the hash that the index needs anyway.
  struct Key {
    std::string_view name;
    std::uint64_t hash;
    friend bool operator==(const Key& a, const Key& b) {
      return a.hash == b.hash && a.name == b.name;
    }
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept { return key.hash; }
  };

  static std::uint64_t cost(std::string_view name) {
    return name.size() + 160;
  }  // two nodes and a table slot

  std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
  std::uint64_t found_ = 0;
  std::uint64_t missed_ = 0;
  std::list<Entry> entries_;  // most recently used first
  boost::unordered_flat_map<Key, std::list<Entry>::iterator, KeyHash> by_name_;
};

}  // namespace esker::store
