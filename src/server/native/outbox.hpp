#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <sys/uio.h>

namespace esker::server {

/// What waits to be written to one peer, in order: bytes of its own, and bytes of mapped segments that are sent without a copy. Knows no
/// socket. Threads: one.
class Outbox {
 public:
  /// Room for `bytes` more, to be filled before the next call. Zeroed.
  std::span<std::byte> add(std::size_t bytes);

  /// Adds bytes that are not copied; `pin` keeps them mapped until they are written. Those that go on where the bytes added last end become
  /// one piece with them.
  void add_mapped(std::span<const std::byte> bytes, const std::shared_ptr<const void>& pin);

  [[nodiscard]] bool empty() const { return first_ == pieces_.size(); }
  /// Bytes in memory of its own.
  [[nodiscard]] std::size_t own_bytes() const { return own_.size() - own_written_; }
  /// Bytes that wait, of both kinds.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// The first pieces that wait, as many as `into` holds; how many. Valid until anything is added or written.
  std::size_t gather(std::span<iovec> into) const;

  /// The first `bytes` of what waits are with the operating system.
  void written(std::size_t bytes);

 private:
  /// Bytes in a row: mapped ones, or the next ones of `own_`.
  struct Piece {
    const std::byte* mapped;
    std::size_t bytes;
    std::shared_ptr<const void> pin;
  };

  void compact();

  std::vector<Piece> pieces_;
  std::size_t first_ = 0;  // of `pieces_`, not wholly written
  std::vector<std::byte> own_;
  std::size_t own_written_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace esker::server
