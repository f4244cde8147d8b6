#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/directory.hpp"

namespace esker::io {

/// A directory of the machine, held by its descriptor. Made by `open_directory`.
class PosixDirectory final : public Directory {
 public:
  /// Owns `descriptor`, an open directory, from here on.
  PosixDirectory(std::string path, int descriptor)
      : Directory(std::move(path)), descriptor_(descriptor) {}
  ~PosixDirectory() override;

 protected:
  CallResult openat(const std::string& name, OpenMode mode, std::unique_ptr<File>& file,
                    const Site& site) override;
  CallResult renameat(const std::string& from, const std::string& to, const Site& site) override;
  CallResult linkat(const Directory& source, const std::string& from, const std::string& to,
                    const Site& site) override;
  CallResult unlinkat(const std::string& name, const Site& site) override;
  CallResult fsync(const Site& site) override;
  CallResult readdir(std::vector<std::string>& names, const Site& site) override;
  CallResult same_inode(const Site& site) override;

 private:
  int descriptor_;
};

}  // namespace esker::io
