#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"
#include "esker/function.hpp"
#include "io/directory.hpp"
#include "sim/crash_policy.hpp"
#include "sim/fault_rules.hpp"
#include "sim/inode.hpp"
#include "sim/random.hpp"
#include "sim/sim_folder.hpp"

namespace esker::sim {

/// How often a site was reached, and with which errors it was made to fail.
struct SiteCount {
  std::uint64_t calls = 0;
  std::map<int, std::uint64_t> failures;  ///< By errno; 0: a short count.
};

/// A call as it is about to be made.
struct CallInfo {
  Call call;
  const std::string& name;  ///< In its directory; empty for the directory itself.
  const io::Site& site;
  std::uint64_t offset = 0;                 ///< Or the new length, or the open mode.
  std::span<const std::byte> content = {};  ///< What is written; for a rename, the new name.
  std::uint64_t bytes = 0;
};

/// What a user of a mapping or file has said that he will read.
struct ReadHint {
  std::string name;  ///< Of the file when it was opened.
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// A disk that forgets: files and directories in memory, of which a crash keeps what was synced and any part of what was not.
///
/// The fault model:
///   - A file's sync makes its bytes and length durable, not its name; a directory's sync makes the names durable.
///   - A loss of power keeps, for each sector of 512 bytes, one of the versions written since its last sync or the synced one; for
///     each file one of its lengths; for each directory a prefix or subset of what was done to its names (`CrashPolicy`).
///   - The death of the process keeps the cache and what is pending; a loss of power may follow later.
///   - A failed sync leaves the cache marked clean: part of it is on the disk, and no later sync writes the rest.
///   - Any call fails as a rule says (`FaultRule`).
///   - A mapping shows the cache, also after the file's name is gone. It does not fault where the file has been cut: it shows zeros.
/// It is meant never to be kinder than Linux on ext4, XFS or btrfs; where these differ it is as strict as the strictest.
///
/// One seed gives one run: no clock, address or thread decides anything. Threads: any may use it at once (one mutex), but then
/// the order of calls, and with it the trace, is the scheduler's. Outlives all it has opened.
class SimDisk {
 public:
  explicit SimDisk(std::uint64_t seed = 1) : random_(seed) {}
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  /// Opens a directory of the disk, which is made, durably, when it is not there.
  std::unique_ptr<io::Directory> open_directory(const std::string& path = "/sim");

  /// The machine loses power and starts again. What was opened is dead: each call on it answers EIO and does nothing. Faults stay,
  /// a stop is lifted.
  void crash_power(const CrashPolicy& policy);
  /// The same for the process alone: the cache stays.
  void crash_process();

  /// An equal disk, pending writes and all, with nothing open, no faults, fresh counts and no trace. Shares pages, so it costs little:
  /// for trying many policies on one crash point. Use it in the same thread.
  [[nodiscard]] std::unique_ptr<SimDisk> clone() const;

  void add_fault(FaultRule rule);
  void clear_faults();

  /// From call number `call` (the first is 1) on, every call answers EIO and does nothing, as if the machine had stopped there. The
  /// test then drops what was running and crashes the disk.
  void stop_at_call(std::uint64_t call);
  [[nodiscard]] bool stopped() const;

  /// Is called before each call, outside the mutex: a place for a scheduler to switch tasks, or for a test to look.
  void before_call(UniqueFunction<void(const CallInfo&)> callback);

  /// Calls on live handles so far.
  [[nodiscard]] std::uint64_t calls() const;
  [[nodiscard]] std::map<std::string, SiteCount> sites() const;
  /// A hash of all calls, their arguments and answers; 0 for a clone, whose calls are not traced.
  [[nodiscard]] std::uint64_t trace_hash() const;

  /// For `drop_one` and `keep_one`: how many units are pending in all files that a crash could show.
  [[nodiscard]] std::uint64_t pending_units(CrashPolicy::Unit unit) const;
  /// For `prefix` and `suffix`: how many operations on files and names are pending.
  [[nodiscard]] std::uint64_t pending_operations() const;

  /// Keeps the hints that are given to files and mappings from now on.
  void keep_hints();
  [[nodiscard]] std::vector<ReadHint> hints() const;
  /// From a file or mapping.
  void take_hint(const ReadHint& hint);

  // --- what no call does: looking, and damage ---

  /// The names in a directory as a process sees them, or as the disk has them.
  [[nodiscard]] std::vector<std::string> names(const std::string& path = "/sim") const;
  [[nodiscard]] std::vector<std::string> durable_names(const std::string& path = "/sim") const;
  /// The bytes of the file that a process sees under this name: as it sees them, or as the disk has them. The file must be there.
  [[nodiscard]] std::vector<std::byte> bytes(std::string_view name,
                                             const std::string& path = "/sim") const;
  [[nodiscard]] std::vector<std::byte> durable_bytes(std::string_view name,
                                                     const std::string& path = "/sim") const;
  /// Overwrites bytes on the disk and in the cache. Extends the file when needed.
  void damage(std::string_view name, std::uint64_t offset, std::span<const std::byte> bytes,
              const std::string& path = "/sim");
  /// Cuts or grows a file, with zeros, on the disk and in the cache.
  void damage_size(std::string_view name, std::uint64_t size, const std::string& path = "/sim");
  /// Moves a directory away, open handles and all.
  void move_directory(const std::string& from, const std::string& to);

 private:
  friend class SimFile;
  friend class SimDirectory;

  /// Counts a call, lets rules and the stop decide, and otherwise has `effect(fault, result)` do it. `epoch` is the handle's.
  template <class Effect>
  io::CallResult call(const CallInfo& info, std::uint64_t epoch, Effect effect)
      ESKER_EXCLUDES(mutex_);
  void account(const CallInfo& info, const FaultRule* fault, const io::CallResult& result)
      ESKER_REQUIRES(mutex_);
  void forget_handles() ESKER_REQUIRES(mutex_);
  void release_lock(std::uint64_t inode, std::uint64_t handle, std::uint64_t epoch)
      ESKER_EXCLUDES(mutex_);

  /// How many names lead to a file, as processes see them.
  std::uint64_t links(const Inode& inode) const;

  std::shared_ptr<Inode> find(std::string_view name, const std::string& path) const
      ESKER_REQUIRES(mutex_);
  /// Every file that has a name, in the cache, on the disk or pending; by id.
  std::map<std::uint64_t, std::shared_ptr<Inode>> named_inodes() const ESKER_REQUIRES(mutex_);
  /// The sequence number of the pending operation number `index`, or past the last.
  std::uint64_t sequence_of(std::uint64_t index) const ESKER_REQUIRES(mutex_);
  std::vector<std::uint64_t> pending_sequences() const ESKER_REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  FaultRules rules_ ESKER_GUARDED_BY(mutex_);
  std::map<std::string, SiteCount, std::less<>> sites_ ESKER_GUARDED_BY(mutex_);
  std::uint64_t epoch_ ESKER_GUARDED_BY(mutex_) = 1;
  std::uint64_t calls_ ESKER_GUARDED_BY(mutex_) = 0;
  std::uint64_t stop_at_ ESKER_GUARDED_BY(mutex_) = UINT64_MAX;
  bool traced_ ESKER_GUARDED_BY(mutex_) = true;
  std::uint64_t trace_hash_ ESKER_GUARDED_BY(mutex_) = 0;
  bool keeps_hints_ ESKER_GUARDED_BY(mutex_) = false;
  std::vector<ReadHint> hints_ ESKER_GUARDED_BY(mutex_);
  UniqueFunction<void(const CallInfo&)> before_call_;

  // Under the mutex too; without the annotation, because the effects of calls use them, and the analysis does not follow
  // a lambda into `call`.
  std::map<std::string, std::shared_ptr<SimFolder>> folders_;
  std::map<std::uint64_t, std::uint64_t> locks_;  // inode → handle
  Random random_;
  std::uint64_t next_inode_ = 1;
  std::uint64_t next_handle_ = 1;
  std::uint64_t next_sequence_ = 1;
};

}  // namespace esker::sim
