#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/directory.hpp"
#include "io/file.hpp"
#include "sim/sim_disk.hpp"

namespace esker::sim {

/// An open file of a `SimDisk`. Its calls behave as those of Linux, read-only handles included.
class SimFile final : public io::File {
 public:
  SimFile(SimDisk& disk, std::uint64_t epoch, std::uint64_t handle, std::shared_ptr<Inode> inode,
          io::OpenMode mode, const std::string& directory, std::string name);
  ~SimFile() override;
  void will_read(std::uint64_t begin, std::uint64_t end) const override;
  void will_sync(std::uint64_t begin, std::uint64_t end) override;

 protected:
  io::CallResult pread(std::span<std::byte> into, std::uint64_t offset,
                       const io::Site& site) override;
  io::CallResult pwrite(std::span<const std::byte> bytes, std::uint64_t offset,
                        const io::Site& site) override;
  io::CallResult fdatasync(const io::Site& site) override;
  io::CallResult fsync(const io::Site& site) override;
  io::CallResult fstat_size(const io::Site& site) override;
  io::CallResult fstat_links(const io::Site& site) override;
  io::CallResult ficlone(const io::File& from, const io::Site& site) override;
  io::CallResult ftruncate(std::uint64_t bytes, const io::Site& site) override;
  io::CallResult flock_exclusive(const io::Site& site) override;
  io::CallResult mmap(std::uint64_t bytes, std::unique_ptr<io::Mapping>& mapping,
                      const io::Site& site) override;

 private:
  io::CallResult sync(Call call, const io::Site& site);

  SimDisk& disk_;
  std::uint64_t epoch_;
  std::uint64_t handle_;
  std::shared_ptr<Inode> inode_;
  bool writable_;
  std::string short_name_;  // in its directory
};

/// An open directory of a `SimDisk`.
class SimDirectory final : public io::Directory {
 public:
  SimDirectory(SimDisk& disk, std::uint64_t epoch, std::shared_ptr<SimFolder> folder,
               std::string path);

 protected:
  io::CallResult openat(const std::string& name, io::OpenMode mode, std::unique_ptr<io::File>& file,
                        const io::Site& site) override;
  io::CallResult renameat(const std::string& from, const std::string& to,
                          const io::Site& site) override;
  io::CallResult linkat(const io::Directory& source, const std::string& from, const std::string& to,
                        const io::Site& site) override;
  io::CallResult unlinkat(const std::string& name, const io::Site& site) override;
  io::CallResult fsync(const io::Site& site) override;
  io::CallResult readdir(std::vector<std::string>& names, const io::Site& site) override;
  io::CallResult same_inode(const io::Site& site) override;

 private:
  SimDisk& disk_;
  std::uint64_t epoch_;
  std::shared_ptr<SimFolder> folder_;
};

}  // namespace esker::sim
