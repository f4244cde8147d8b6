#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/inode.hpp"

namespace esker::sim {

/// The calls of `io::File` and `io::Directory`.
enum class Call : std::uint8_t {
  openat,
  renameat,
  unlinkat,
  fsync_directory,
  readdir,
  same_inode,
  pread,
  pwrite,
  fdatasync,
  fsync,
  fstat_size,
  ftruncate,
  flock_exclusive,
  mmap,
  linkat,
  fstat_links,
  ficlone,
};

/// The enumerator's name.
std::string_view call_name(Call call);

/// Makes calls fail: the `nth` that matches, or from it on all that match.
struct FaultRule {
  std::optional<Call> call = std::nullopt;  ///< Nothing: every call.
  std::string name =
      "*";  ///< Pattern (fnmatch) for the file's name in its directory; "" for calls on the directory itself.
  std::string site = "*";  ///< Pattern for the site's name.
  std::uint64_t nth = 1;
  bool for_ever = false;
  int error = 0;  ///< errno; with 0 the call succeeds, by `count` short.
  /// `pread` and `pwrite`: as many bytes are done, then the call answers with their number, or with `error` when that is set.
  std::optional<std::uint64_t> count = std::nullopt;
  SyncFailure sync_failure = SyncFailure::cache_new;  ///< For `fdatasync` and `fsync` of a file.
};

/// Rules in the order in which they were added; the first that fires decides. All count.
class FaultRules {
 public:
  void add(FaultRule rule) { entries_.push_back({std::move(rule), 0}); }
  void clear() { entries_.clear(); }

  /// The rule that fires at this call, or null. Counts the call.
  const FaultRule* match(Call call, const std::string& name, const char* site);

 private:
  struct Entry {
    FaultRule rule;
    std::uint64_t seen = 0;
  };
  std::vector<Entry> entries_;
};

}  // namespace esker::sim
