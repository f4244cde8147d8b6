#pragma once

#include <memory>
#include <span>
#include <string>

#include "io/file.hpp"

namespace esker::io {

/// A file of the machine: each virtual function is one system call on the descriptor. Made by `PosixDirectory`.
class PosixFile final : public File {
 public:
  /// Owns `descriptor`, an open regular file, from here on.
  PosixFile(std::string name, int descriptor) : File(std::move(name)), descriptor_(descriptor) {}
  ~PosixFile() override;

  void will_read(std::uint64_t begin, std::uint64_t end) const override;
  void will_sync(std::uint64_t begin, std::uint64_t end) override;

 protected:
  CallResult pread(std::span<std::byte> into, std::uint64_t offset, const Site& site) override;
  CallResult pwrite(std::span<const std::byte> bytes, std::uint64_t offset,
                    const Site& site) override;
  CallResult fdatasync(const Site& site) override;
  CallResult fsync(const Site& site) override;
  CallResult fstat_size(const Site& site) override;
  CallResult fstat_links(const Site& site) override;
  CallResult ficlone(const File& from, const Site& site) override;
  CallResult ftruncate(std::uint64_t bytes, const Site& site) override;
  CallResult flock_exclusive(const Site& site) override;
  CallResult mmap(std::uint64_t bytes, std::unique_ptr<Mapping>& mapping,
                  const Site& site) override;

 private:
  int descriptor_;
};

}  // namespace esker::io
