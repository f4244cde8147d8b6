#include "crash/sites.hpp"

#include <cerrno>

namespace esker::crash {

namespace {

using enum sim::Call;

constexpr KnownSite kSites[] = {
    {"index.run_create", openat, true},
    {"index.run_directory_sync", fsync_directory, true},
    {"index.run_footer_read", pread},
    {"index.run_footer_write", pwrite, true},
    {"index.run_leftover_remove", unlinkat, true},
    {"index.run_list", readdir},
    {"index.run_map", mmap},
    {"index.run_open", openat},
    {"index.run_piece_sync", fdatasync, true},
    {"index.run_publish", renameat, true},
    {"index.run_remove", unlinkat, true},
    {"index.run_size", fstat_size},
    {"index.run_sync", fsync, true},
    {"index.run_write", pwrite, true},
    {"log.compact_check_directory", same_inode},
    {"log.compact_copy", pwrite, true},
    {"log.compact_create", openat, true},
    {"log.compact_empty", ftruncate, true},
    {"log.compact_footer", pwrite, true},
    {"log.compact_header", pwrite, true},
    {"log.compact_open", openat},
    {"log.compact_remove", unlinkat, true, "log.compact_sync"},
    {"log.compact_remove_merged", unlinkat, true},
    {"log.compact_rename", renameat, true},
    {"log.compact_sync", fsync, true},
    {"log.compact_sync_directory", fsync_directory, true},
    {"log.compact_sync_removed", fsync_directory, true},
    {"log.compact_table", pwrite, true},
    {"log.compress_blocks", pwrite, true},
    {"log.compress_check_directory", same_inode},
    {"log.compress_create", openat, true},
    {"log.compress_empty", ftruncate, true},
    {"log.compress_header", pwrite, true},
    {"log.compress_open", openat},
    {"log.compress_read_header", pread},
    {"log.compress_remove", unlinkat, true, "log.compress_sync"},
    {"log.compress_rename", renameat, true},
    {"log.compress_sync", fsync, true},
    {"log.compress_sync_directory", fsync_directory, true},
    {"log.compress_table", pwrite, true},
    {"log.find_witness", pread},
    {"log.group_sync", fdatasync, true},
    {"log.group_write", pwrite, true},
    {"log.image_read", pread},
    {"log.image_size", fstat_size},
    {"log.list", readdir},
    {"log.map_compressed", mmap},
    {"log.map_segment", mmap},
    {"log.open_segment", openat},
    {"log.own_links", fstat_links},
    {"log.own_open", openat},
    {"log.peek_first_record", pread},
    {"log.prepare_check_directory", same_inode},
    {"log.prepare_create", openat, true},
    {"log.prepare_empty", ftruncate, true},
    {"log.prepare_fill", pwrite, true},
    {"log.prepare_header", pwrite, true},
    {"log.prepare_open", openat},
    {"log.prepare_remove", unlinkat, true, "log.prepare_sync"},
    {"log.prepare_rename", renameat, true},
    {"log.prepare_sync", fsync, true},
    {"log.prepare_sync_directory", fsync_directory, true},
    {"log.read_footer", pread},
    {"log.recover_open_sealed", openat},
    {"log.recover_read_behind", pread},
    {"log.recover_read_tail", pread},
    {"log.recover_remove_leftover", unlinkat, true},
    {"log.recover_rewrite_tail", pwrite, true},
    {"log.recover_sync_directory", fsync_directory, true},
    {"log.recover_sync_tail", fdatasync, true},
    {"log.recover_zero_behind", pwrite, true},
    {"log.scan", pread},
    {"log.seal_footer", pwrite, true},
    {"log.seal_open", openat},
    {"log.seal_sync_footer", fdatasync, true},
    {"log.seal_sync_table", fdatasync, true},
    {"log.seal_table", pwrite, true},
    {"log.watermark_open", openat, true},
    {"log.watermark_read", pread},
    {"log.watermark_size", fstat_size},
    {"log.watermark_sync", fdatasync, true},
    {"log.watermark_write", pwrite, true},
    {"proof.create", openat, true},
    {"proof.empty", ftruncate, true},
    {"proof.list", readdir},
    {"proof.open", openat},
    {"proof.read", pread},
    {"proof.remove_unpublished", unlinkat, true},
    {"proof.rename", renameat, true},
    {"proof.size", fstat_size},
    {"proof.sync", fsync, true},
    {"proof.sync_directory", fsync_directory, true},
    {"proof.write", pwrite, true},
    {"store.lock_open", openat, true},
    {"store.lock_take", flock_exclusive},
    {"store.lock_write", pwrite, true},
};

}  // namespace

std::span<const KnownSite> known_sites() { return kSites; }

std::vector<int> errors_of(sim::Call call) {
  switch (call) {
    case sim::Call::pwrite:
      return {0, EIO, EINTR, ENOSPC, EDQUOT};
    case sim::Call::pread:
      return {0, EIO, EINTR};
    case sim::Call::openat:
      return {EIO, EMFILE, ENOSPC, EDQUOT};
    case sim::Call::fdatasync:
    case sim::Call::fsync:
    case sim::Call::fsync_directory:
    case sim::Call::renameat:
    case sim::Call::linkat:
    case sim::Call::unlinkat:
    case sim::Call::mmap:
    case sim::Call::readdir:
    case sim::Call::same_inode:
    case sim::Call::fstat_size:
    case sim::Call::fstat_links:
    case sim::Call::ficlone:
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
  rule.for_ever = rule.error != EINTR && random.chance(1);
  return rule;
}

void add_failures(const sim::SimDisk& disk, FailedSites& into) {
  for (const auto& [site, count] : disk.sites()) {
    for (const auto& [error, failures] : count.failures) into[site][error] += failures;
  }
}

}  // namespace esker::crash
