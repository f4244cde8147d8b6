#include "crash/sites.hpp"

#include <cerrno>

namespace esker::crash {

std::span<const KnownSite> known_sites() {
  using enum sim::Call;
  static constexpr KnownSite kSites[] = {
      {"index.run_create", openat},
      {"index.run_directory_sync", fsync_directory},
      {"index.run_footer_read", pread},
      {"index.run_footer_write", pwrite},
      {"index.run_leftover_remove", unlinkat},
      {"index.run_list", readdir},
      {"index.run_map", mmap},
      {"index.run_open", openat},
      {"index.run_publish", renameat},
      {"index.run_remove", unlinkat, "index.run_sync"},
      {"index.run_size", fstat_size},
      {"index.run_sync", fsync},
      {"index.run_write", pwrite},
      {"log.find_witness", pread},
      {"log.group_sync", fdatasync},
      {"log.group_write", pwrite},
      {"log.list", readdir},
      {"log.map_segment", mmap},
      {"log.open_segment", openat},
      {"log.peek_first_record", pread},
      {"log.prepare_check_directory", same_inode},
      {"log.prepare_create", openat},
      {"log.prepare_empty", ftruncate},
      {"log.prepare_fill", pwrite},
      {"log.prepare_header", pwrite},
      {"log.prepare_open", openat},
      {"log.prepare_remove", unlinkat, "log.prepare_sync"},
      {"log.prepare_rename", renameat},
      {"log.prepare_sync", fsync},
      {"log.prepare_sync_directory", fsync_directory},
      {"log.read_footer", pread},
      {"log.read_header", pread},
      {"log.recover_open_sealed", openat},
      {"log.recover_publish_again", renameat},
      {"log.recover_read_behind", pread},
      {"log.recover_read_tail", pread},
      {"log.recover_remove_leftover", unlinkat},
      {"log.recover_rewrite_tail", pwrite},
      {"log.recover_sync_directory", fsync_directory},
      {"log.recover_sync_tail", fdatasync},
      {"log.recover_zero_behind", pwrite},
      {"log.scan", pread},
      {"log.seal_footer", pwrite},
      {"log.seal_open", openat},
      {"log.seal_sync_footer", fdatasync},
      {"log.seal_sync_table", fdatasync},
      {"log.seal_table", pwrite},
      {"log.segment_size", fstat_size},
      {"log.watermark_open", openat},
      {"log.watermark_read", pread},
      {"log.watermark_size", fstat_size},
      {"log.watermark_sync", fdatasync},
      {"log.watermark_write", pwrite},
      {"store.lock_open", openat},
      {"store.lock_take", flock_exclusive},
      {"store.lock_write", pwrite},
  };
  return kSites;
}

std::vector<int> errors_of(sim::Call call) {
  switch (call) {
    case sim::Call::pwrite:
      return {0, EIO, EINTR, ENOSPC, EDQUOT};
    case sim::Call::pread:
      return {EIO, EINTR};
    case sim::Call::openat:
      return {EIO, EMFILE, ENOSPC, EDQUOT};
    case sim::Call::fdatasync:
    case sim::Call::fsync:
    case sim::Call::fsync_directory:
    case sim::Call::renameat:
    case sim::Call::unlinkat:
    case sim::Call::mmap:
    case sim::Call::readdir:
    case sim::Call::same_inode:
    case sim::Call::fstat_size:
    case sim::Call::ftruncate:
    case sim::Call::flock_exclusive:
      return {EIO};
  }
  return {};
}

sim::FaultRule rule_for(const KnownSite& site, std::uint64_t nth, sim::Random& random) {
  const std::vector<int> errors = errors_of(site.call);
  sim::FaultRule rule{.call = site.call, .site = std::string(site.name), .nth = nth};
  rule.error = errors[random.below(errors.size())];
  if (rule.error == 0) rule.count = 1 + random.below(500);
  return rule;
}

void add_failures(const sim::SimDisk& disk, FailedSites& into) {
  for (const auto& [site, count] : disk.sites()) {
    for (const auto& [error, failures] : count.failures) into[site][error] += failures;
  }
}

}  // namespace esker::crash
