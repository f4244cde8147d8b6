#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/crash_policy.hpp"
#include "sim/inode.hpp"
#include "sim/random.hpp"

namespace esker::sim {

/// The names of one directory: as processes see them, on the disk, and the changes between the two, in order.
///
/// Threads: the owner's mutex.
class SimFolder {
 public:
  using Names = std::map<std::string, std::shared_ptr<Inode>, std::less<>>;

  [[nodiscard]] const Names& cache() const { return cache_; }
  [[nodiscard]] const Names& durable() const { return durable_; }

  /// The file with a name, or null.
  [[nodiscard]] std::shared_ptr<Inode> find(std::string_view name) const;

  void add(std::uint64_t sequence, const std::string& name, std::shared_ptr<Inode> inode);
  void remove(std::uint64_t sequence, const std::string& name);
  /// `from` must be there.
  void rename(std::uint64_t sequence, const std::string& from, const std::string& to);

  void sync();
  /// Some of the pending changes reach the disk, and no later sync writes the others.
  void fail_sync(Random& random);

  /// The names on the disk after a loss of power. `cut`: see `Inode::after_power_loss`.
  [[nodiscard]] Names names_after_power_loss(const CrashPolicy& policy, std::uint64_t cut,
                                             Random& random) const;

  /// A folder that has these names on the disk and nothing pending.
  static std::shared_ptr<SimFolder> with_names(Names names);

  /// A copy in which each inode is replaced by the one of the same id.
  [[nodiscard]] std::shared_ptr<SimFolder> clone(
      const std::map<std::uint64_t, std::shared_ptr<Inode>>& inodes) const;

  /// Adds every file that a name leads to, now, on the disk or in between.
  void add_inodes(std::map<std::uint64_t, std::shared_ptr<Inode>>& into) const;
  void add_pending_sequences(std::vector<std::uint64_t>& into) const;

 private:
  /// `removed` loses its name if it is this file's or, when `inode` is null, whosoever's; then `added` becomes the name of `inode`.
  ///           Either may be empty.
  struct Change {
    std::uint64_t sequence = 0;
    std::string removed;
    std::string added;
    std::shared_ptr<Inode> inode;
  };
  static void apply(const Change& change, Names& names);
  void change(Change change);

  Names cache_;
  Names durable_;
  std::vector<Change> pending_;
};

}  // namespace esker::sim
