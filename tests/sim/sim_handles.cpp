#include "sim/sim_handles.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/assert.hpp"
#include "esker/event.hpp"
#include "sim/sim_call.hpp"

namespace esker::sim {
namespace {

/// Larger files would cost too much memory for their page tables; ext4 stops at 16 TiB.
constexpr std::uint64_t kFileBytesMax = std::uint64_t{16} << 30;

io::CallResult answer(std::uint64_t value) {
  return {.value = static_cast<std::int64_t>(value), .error = 0};
}
io::CallResult failed(int error) { return {.value = 0, .error = error}; }

bool is_negative(std::uint64_t offset) { return offset > INT64_MAX; }

/// How much of `bytes` a call does under a fault.
std::uint64_t limited(std::uint64_t bytes, const FaultRule* fault) {
  return fault != nullptr && fault->count ? std::min(bytes, *fault->count) : bytes;
}

class SimMapping final : public io::Mapping {
 public:
  SimMapping(SimDisk& disk, std::string name, std::shared_ptr<MappedView> view, std::size_t bytes)
      : disk_(disk), name_(std::move(name)), view_(std::move(view)), bytes_(bytes) {}
  [[nodiscard]] std::span<const std::byte> bytes() const override {
    return view_->bytes().first(bytes_);
  }
  // Nothing is, so that what is done about it is done in every simulation.
  void will_read(std::uint64_t begin, std::uint64_t end) const override {
    ESKER_ASSERT_VALUES(begin <= end && end <= bytes_, begin, end);
    disk_.take_hint({name_, begin, end});
  }
  [[nodiscard]] bool in_memory(std::uint64_t offset) const override {
    ESKER_ASSERT_VALUES(offset < bytes_, offset, bytes_);
    return false;
  }

 private:
  SimDisk& disk_;
  const std::string name_;
  std::shared_ptr<MappedView> view_;
  std::size_t bytes_;
};

}  // namespace

SimFile::SimFile(SimDisk& disk, std::uint64_t epoch, std::uint64_t handle,
                 std::shared_ptr<Inode> inode, io::OpenMode mode, const std::string& directory,
                 std::string name)
    : File(directory + "/" + name),
      disk_(disk),
      epoch_(epoch),
      handle_(handle),
      inode_(std::move(inode)),
      writable_(mode != io::OpenMode::read_only),
      short_name_(std::move(name)) {}

SimFile::~SimFile() { disk_.release_lock(inode_->id(), handle_, epoch_); }

void SimFile::will_read(std::uint64_t begin, std::uint64_t end) const {
  ESKER_ASSERT_VALUES(begin <= end, begin, end);
  disk_.take_hint({short_name_, begin, end});
}

// What survives a crash is decided as if the system had written whatever it likes in any case.
void SimFile::will_sync(std::uint64_t begin, std::uint64_t end) {
  ESKER_ASSERT_VALUES(begin <= end, begin, end);
}

io::CallResult SimFile::pread(std::span<std::byte> into, std::uint64_t offset,
                              const io::Site& site) {
  const CallInfo info{.call = Call::pread,
                      .name = short_name_,
                      .site = site,
                      .offset = offset,
                      .bytes = into.size()};
  return disk_.call(info, epoch_, [&](const FaultRule* fault) {
    if (is_negative(offset)) return failed(EINVAL);
    const std::uint64_t size = inode_->cache().size();
    const std::uint64_t there = offset < size ? size - offset : 0;
    const std::uint64_t count = limited(std::min<std::uint64_t>(into.size(), there), fault);
    if (count > 0) inode_->cache().read(offset, into.first(count));
    if (fault != nullptr && fault->error != 0) return failed(fault->error);
    return answer(count);
  });
}

io::CallResult SimFile::pwrite(std::span<const std::byte> bytes, std::uint64_t offset,
                               const io::Site& site) {
  const CallInfo info{.call = Call::pwrite,
                      .name = short_name_,
                      .site = site,
                      .offset = offset,
                      .content = bytes,
                      .bytes = bytes.size()};
  return disk_.call(info, epoch_, [&](const FaultRule* fault) {
    if (is_negative(offset)) return failed(EINVAL);
    if (!writable_) return failed(EBADF);
    if (offset + bytes.size() > kFileBytesMax) return failed(EFBIG);
    const std::uint64_t count = limited(bytes.size(), fault);
    if (count > 0) inode_->write(disk_.next_sequence_++, offset, bytes.first(count));
    if (fault != nullptr && fault->error != 0) return failed(fault->error);
    return answer(count);
  });
}

io::CallResult SimFile::sync(Call call, const io::Site& site) {
  const CallInfo info{.call = call, .name = short_name_, .site = site};
  return disk_.call(info, epoch_, [&](const FaultRule* fault) {
    if (fault == nullptr || fault->error == 0) return failed(inode_->sync());
    return failed(inode_->fail_sync(fault->sync_failure, fault->error, disk_.random_));
  });
}

io::CallResult SimFile::fdatasync(const io::Site& site) { return sync(Call::fdatasync, site); }

io::CallResult SimFile::fsync(const io::Site& site) { return sync(Call::fsync, site); }

io::CallResult SimFile::fstat_size(const io::Site& site) {
  const CallInfo info{.call = Call::fstat_size, .name = short_name_, .site = site};
  return disk_.call(info, epoch_, [&](const FaultRule*) { return answer(inode_->cache().size()); });
}

io::CallResult SimFile::fstat_links(const io::Site& site) {
  const CallInfo info{.call = Call::fstat_links, .name = short_name_, .site = site};
  return disk_.call(info, epoch_, [&](const FaultRule*) { return answer(disk_.links(*inode_)); });
}

// As on ext4.
io::CallResult SimFile::ficlone(const io::File&, const io::Site& site) {
  const CallInfo info{.call = Call::ficlone, .name = short_name_, .site = site};
  return disk_.call(info, epoch_, [&](const FaultRule*) { return failed(EOPNOTSUPP); });
}

io::CallResult SimFile::ftruncate(std::uint64_t bytes, const io::Site& site) {
  const CallInfo info{.call = Call::ftruncate, .name = short_name_, .site = site, .offset = bytes};
  return disk_.call(info, epoch_, [&](const FaultRule*) {
    if (is_negative(bytes) || !writable_) return failed(EINVAL);
    if (bytes > kFileBytesMax) return failed(EFBIG);
    inode_->resize(disk_.next_sequence_++, bytes);
    return answer(0);
  });
}

io::CallResult SimFile::flock_exclusive(const io::Site& site) {
  const CallInfo info{.call = Call::flock_exclusive, .name = short_name_, .site = site};
  return disk_.call(info, epoch_, [&](const FaultRule*) {
    const auto [held, taken] = disk_.locks_.emplace(inode_->id(), handle_);
    return taken || held->second == handle_ ? answer(0) : failed(EWOULDBLOCK);
  });
}

io::CallResult SimFile::mmap(std::uint64_t bytes, std::unique_ptr<io::Mapping>& mapping,
                             const io::Site& site) {
  const CallInfo info{.call = Call::mmap, .name = short_name_, .site = site, .bytes = bytes};
  return disk_.call(info, epoch_, [&](const FaultRule*) {
    if (bytes == 0) return failed(EINVAL);
    mapping = std::make_unique<SimMapping>(disk_, short_name_, inode_->map(bytes), bytes);
    return answer(0);
  });
}

SimDirectory::SimDirectory(SimDisk& disk, std::uint64_t epoch, std::shared_ptr<SimFolder> folder,
                           std::string path)
    : Directory(std::move(path)), disk_(disk), epoch_(epoch), folder_(std::move(folder)) {}

io::CallResult SimDirectory::openat(const std::string& name, io::OpenMode mode,
                                    std::unique_ptr<io::File>& file, const io::Site& site) {
  const CallInfo info{
      .call = Call::openat, .name = name, .site = site, .offset = static_cast<std::uint64_t>(mode)};
  return disk_.call(info, epoch_, [&](const FaultRule*) {
    std::shared_ptr<Inode> inode = folder_->find(name);
    if (inode != nullptr && mode == io::OpenMode::create_new) return failed(EEXIST);
    if (inode == nullptr) {
      if (mode == io::OpenMode::read_only || mode == io::OpenMode::read_write) {
        return failed(ENOENT);
      }
      inode = std::make_shared<Inode>(disk_.next_inode_++);
      folder_->add(disk_.next_sequence_++, name, inode);
    }
    file = std::make_unique<SimFile>(disk_, epoch_, disk_.next_handle_++, std::move(inode), mode,
                                     path(), name);
    return answer(0);
  });
}

io::CallResult SimDirectory::renameat(const std::string& from, const std::string& to,
                                      const io::Site& site) {
  const CallInfo info{.call = Call::renameat, .name = from, .site = site, .content = as_bytes(to)};
  return disk_.call(info, epoch_, [&](const FaultRule*) {
    const std::shared_ptr<Inode> inode = folder_->find(from);
    if (inode == nullptr) return failed(ENOENT);
    // POSIX: between two names of one file a rename does nothing, and both stay.
    if (folder_->find(to) != inode) folder_->rename(disk_.next_sequence_++, from, to);
    return answer(0);
  });
}

io::CallResult SimDirectory::linkat(const io::Directory& source, const std::string& from,
                                    const std::string& to, const io::Site& site) {
  const auto* const simulated = dynamic_cast<const SimDirectory*>(&source);
  ESKER_ASSERT(simulated != nullptr);
  ESKER_ASSERT(&simulated->disk_ == &disk_);
  const CallInfo info{.call = Call::linkat, .name = from, .site = site, .content = as_bytes(to)};
  return disk_.call(info, epoch_, [&](const FaultRule*) {
    const std::shared_ptr<Inode> inode = simulated->folder_->find(from);
    if (inode == nullptr) return failed(ENOENT);
    if (folder_->find(to) != nullptr) return failed(EEXIST);
    folder_->add(disk_.next_sequence_++, to, inode);
    return answer(0);
  });
}

io::CallResult SimDirectory::unlinkat(const std::string& name, const io::Site& site) {
  const CallInfo info{.call = Call::unlinkat, .name = name, .site = site};
  return disk_.call(info, epoch_, [&](const FaultRule*) {
    if (folder_->find(name) == nullptr) return failed(ENOENT);
    folder_->remove(disk_.next_sequence_++, name);
    return answer(0);
  });
}

io::CallResult SimDirectory::fsync(const io::Site& site) {
  static const std::string kItself;
  const CallInfo info{.call = Call::fsync_directory, .name = kItself, .site = site};
  return disk_.call(info, epoch_, [&](const FaultRule* fault) {
    if (fault != nullptr && fault->error != 0) {
      folder_->fail_sync(disk_.random_);
      return failed(fault->error);
    }
    folder_->sync();
    return answer(0);
  });
}

io::CallResult SimDirectory::readdir(std::vector<std::string>& names, const io::Site& site) {
  static const std::string kItself;
  const CallInfo info{.call = Call::readdir, .name = kItself, .site = site};
  return disk_.call(info, epoch_, [&](const FaultRule*) {
    for (const auto& [name, inode] : folder_->cache()) names.push_back(name);
    return answer(0);
  });
}

io::CallResult SimDirectory::same_inode(const io::Site& site) {
  static const std::string kItself;
  const CallInfo info{.call = Call::same_inode, .name = kItself, .site = site};
  return disk_.call(info, epoch_, [&](const FaultRule*) {
    const auto found = disk_.folders_.find(path());
    if (found == disk_.folders_.end()) return failed(ENOENT);
    return answer(found->second == folder_ ? 1 : 0);
  });
}

}  // namespace esker::sim
