#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "esker/result.hpp"
#include "esker/types.hpp"
#include "io/site.hpp"

namespace esker::io {

/// What a system call answered: a count or 0, or the errno it failed with.
struct CallResult {
  std::int64_t value = 0;
  int error = 0;  ///< errno; 0 when the call succeeded.
};

/// A read-only view of a file's first bytes in memory. The bytes stay readable as long as this object lives, also after the file
/// has been closed, renamed or unlinked.
class Mapping {
 public:
  virtual ~Mapping() = default;
  [[nodiscard]] virtual std::span<const std::byte> bytes() const = 0;

  /// Asks the system for the pages of [begin, end), within the mapping, without waiting for them. A hint: what is touched is there in any
  /// case, but nothing is read ahead that was not asked for. One system call (madvise). Threads: any.
  virtual void will_read(std::uint64_t begin, std::uint64_t end) const = 0;

  /// Whether the page of the byte at `offset` can be read without waiting for a disk, as far as the system tells. One system call
  /// (mincore). Threads: any.
  [[nodiscard]] virtual bool in_memory(std::uint64_t offset) const = 0;
};

/// An open file.
///
/// The virtual functions are the system calls, one to one, errno and short counts included: that is where faults are injected. The
/// loops around them (EINTR, short counts) and the words of their errors stand in the non-virtual functions, once.
///
/// Threads: `read_at` and `map` from any; everything that writes from one at a time.
class File {
 public:
  explicit File(std::string name) : name_(std::move(name)) {}
  virtual ~File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// The path as it should be shown to a person.
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Fills `into` from `offset`. Errors: `io_error`; `corrupt` when the file ends before `into` is full.
  Result<void> read_at(FileOffset offset, std::span<std::byte> into, const Site& site);

  /// Asks the system for the bytes [begin, end) without waiting for them: a hint, of which it may take only the beginning (1 MiB at a
  /// time is taken whole). One system call (posix_fadvise). Threads: any.
  virtual void will_read(std::uint64_t begin, std::uint64_t end) const = 0;

  /// Has the system begin to write to the disk what has been written at [begin, end), without waiting for it: a hint, after which the
  /// sync of a long file finds little left to do, and does not keep others from the disk while it does. Makes nothing durable, and leaves
  /// every error to that sync. One system call (sync_file_range). Threads: as writing.
  virtual void will_sync(std::uint64_t begin, std::uint64_t end) = 0;

  /// Writes all of `bytes` at `offset`, going on after short counts and EINTR. Errors: `no_space` (ENOSPC, EDQUOT, EFBIG) and
  /// `io_error`; some of the bytes may then have been written.
  Result<void> write_at(FileOffset offset, std::span<const std::byte> bytes, const Site& site);

  /// Makes all written bytes and the length durable (fdatasync), but not the file's name. Tried once: after an error nothing is
  /// known of what has reached the disk, and a second call would succeed without having written it. EINTR counts as an error.
  Result<void> sync_data(const Site& site);

  /// The same with all of the file's attributes (fsync), for a file that has just been made.
  Result<void> sync_all(const Site& site);

  /// Errors: `io_error`.
  Result<std::uint64_t> size(const Site& site);

  /// How many names lead to the file: more than 1 when it is shared by hard links, 0 when it has none any more. Errors: `io_error`.
  Result<std::uint64_t> links(const Site& site);

  /// Makes the content of this file that of `from`, sharing its blocks on the disk until either is written to (FICLONE); in time that
  /// does not depend on the length. Both are files of the machine, or both of the same simulated disk. Durable only after a sync.
  /// Errors: `not_supported` when the file system cannot, or they are on two; `no_space`, `io_error`.
  Result<void> share_blocks(const File& from, const Site& site);

  /// Sets the length; new bytes read as zero. Errors: `no_space`, `io_error`.
  Result<void> resize(std::uint64_t bytes, const Site& site);

  /// Maps the first `bytes` bytes, at least 1 and at most the file's length. Errors: `io_error`, `corrupt` when the file is shorter.
  Result<std::unique_ptr<Mapping>> map(std::uint64_t bytes, const Site& site);

  /// Takes the exclusive lock of this open file (flock) without waiting; true when it was free. Held until this object is
  /// destroyed. Errors: `io_error`.
  Result<bool> try_lock(const Site& site);

 protected:
  virtual CallResult pread(std::span<std::byte> into, std::uint64_t offset, const Site& site) = 0;
  virtual CallResult pwrite(std::span<const std::byte> bytes, std::uint64_t offset,
                            const Site& site) = 0;
  virtual CallResult fdatasync(const Site& site) = 0;
  virtual CallResult fsync(const Site& site) = 0;
  virtual CallResult fstat_size(const Site& site) = 0;
  virtual CallResult fstat_links(const Site& site) = 0;
  virtual CallResult ficlone(const File& from, const Site& site) = 0;
  virtual CallResult ftruncate(std::uint64_t bytes, const Site& site) = 0;
  virtual CallResult flock_exclusive(const Site& site) = 0;
  /// `mapping` is set exactly when the call succeeds.
  virtual CallResult mmap(std::uint64_t bytes, std::unique_ptr<Mapping>& mapping,
                          const Site& site) = 0;

 private:
  std::string name_;
};

}  // namespace esker::io
