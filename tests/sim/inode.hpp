#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/crash_policy.hpp"
#include "sim/pages.hpp"
#include "sim/random.hpp"

namespace esker::sim {

/// The contiguous bytes that a mapping shows.
class MappedView {
 public:
  explicit MappedView(std::size_t size);
  [[nodiscard]] std::span<std::byte> bytes() { return {bytes_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };
  std::unique_ptr<std::byte[], Free> bytes_;
  std::size_t size_;
};

/// What a failed sync does to what was to be synced. In each case a random part of it reaches the disk, and none of it is written
/// by a later sync, which succeeds (measured on ext4, XFS and btrfs).
enum class SyncFailure : std::uint8_t {
  cache_new,  ///< The cache goes on showing what was written.
  cache_reverted,  ///< The cache shows what is on the disk, as after the page was dropped and read again.
  reported_late,  ///< As `cache_new`, and this sync succeeds: the next one of the file gets the error.
};

/// Numbers the units of unsynced data through all files of a disk, so that "unit number 17" means something.
struct UnitCounter {
  std::uint64_t next = 0;
};

/// One file's bytes: on the disk, in the cache, and the writes between the two.
///
/// A sector of the disk may hold the bytes of any of the writes to it since it was last synced; at a crash the policy chooses. The length
/// is chosen likewise. Threads: the owner's mutex.
class Inode {
 public:
  explicit Inode(std::uint64_t id) : id_(id) {}

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] const Pages& cache() const { return cache_; }
  [[nodiscard]] const Pages& durable() const { return durable_; }

  /// `sequence` orders the operations of the whole disk.
  void write(std::uint64_t sequence, std::uint64_t offset, std::span<const std::byte> bytes);
  void resize(std::uint64_t sequence, std::uint64_t size);

  /// The sync that works: what is pending becomes durable. Returns the errno of an earlier failure that is reported late, or 0.
  int sync();
  /// The sync that fails with `error`. Returns what it answers.
  int fail_sync(SyncFailure failure, int error, Random& random);

  /// A view of the first `size` bytes that sees later writes.
  std::shared_ptr<MappedView> map(std::size_t size);

  /// The file after a loss of power. `cut`, for prefix and suffix: the sequence number of the first operation behind the cut.
  [[nodiscard]] std::shared_ptr<Inode> after_power_loss(const CrashPolicy& policy,
                                                        std::uint64_t cut, Random& random,
                                                        UnitCounter& units) const;
  [[nodiscard]] std::shared_ptr<Inode> clone() const;

  /// Changes bytes on the disk and in the cache alike: damage that no call made. Extends the file when needed.
  void damage(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Sets the length on the disk and in the cache alike.
  void damage_size(std::uint64_t size);

  [[nodiscard]] std::uint64_t pending_units(CrashPolicy::Unit unit) const;
  void add_pending_sequences(std::vector<std::uint64_t>& into) const;

 private:
  struct PendingWrite {
    std::uint64_t sequence = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;                                ///< 0 when only the length changes.
    std::shared_ptr<const std::vector<std::byte>> content;  ///< Null: zeros.
    std::uint64_t size_after = 0;
  };
  using Keep =
      std::function<bool(const PendingWrite&, std::uint64_t sector, std::uint32_t ordinal)>;

  [[nodiscard]] std::vector<std::uint32_t> versions_per_sector() const;
  [[nodiscard]] std::vector<std::uint32_t> choose_versions(const CrashPolicy& policy,
                                                           Random& random,
                                                           UnitCounter& units) const;
  [[nodiscard]] std::uint64_t choose_size(const CrashPolicy& policy, std::uint64_t cut,
                                          Random& random) const;
  [[nodiscard]] Pages surviving(const Keep& keep, std::uint64_t size) const;
  void tear(Pages& survived, Random& random) const;
  void show_in_views(std::uint64_t offset, std::uint64_t bytes);

  std::uint64_t id_;
  Pages durable_;
  Pages cache_;
  std::vector<PendingWrite> pending_;
  // Sectors whose cache differs from the disk though nothing is pending, one bit each, by page; empty while no sync has failed.
  std::vector<std::uint8_t> lost_;
  int late_error_ = 0;
  std::vector<std::weak_ptr<MappedView>> views_;
};

}  // namespace esker::sim
