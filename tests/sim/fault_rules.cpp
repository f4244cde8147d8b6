#include "sim/fault_rules.hpp"

#include <fnmatch.h>

namespace esker::sim {

std::string_view call_name(Call call) {
  switch (call) {
    case Call::openat:
      return "openat";
    case Call::renameat:
      return "renameat";
    case Call::linkat:
      return "linkat";
    case Call::unlinkat:
      return "unlinkat";
    case Call::fsync_directory:
      return "fsync_directory";
    case Call::readdir:
      return "readdir";
    case Call::same_inode:
      return "same_inode";
    case Call::pread:
      return "pread";
    case Call::pwrite:
      return "pwrite";
    case Call::fdatasync:
      return "fdatasync";
    case Call::fsync:
      return "fsync";
    case Call::fstat_size:
      return "fstat_size";
    case Call::fstat_links:
      return "fstat_links";
    case Call::ficlone:
      return "ficlone";
    case Call::ftruncate:
      return "ftruncate";
    case Call::flock_exclusive:
      return "flock_exclusive";
    case Call::mmap:
      return "mmap";
  }
  return "unknown";
}

const FaultRule* FaultRules::match(Call call, const std::string& name, const char* site) {
  const FaultRule* fires = nullptr;
  for (Entry& entry : entries_) {
    const FaultRule& rule = entry.rule;
    if (rule.call && *rule.call != call) continue;
    if (::fnmatch(rule.name.c_str(), name.c_str(), 0) != 0) continue;
    if (::fnmatch(rule.site.c_str(), site, 0) != 0) continue;
    ++entry.seen;
    const bool now = rule.for_ever ? entry.seen >= rule.nth : entry.seen == rule.nth;
    if (now && fires == nullptr) fires = &rule;
  }
  return fires;
}

}  // namespace esker::sim
