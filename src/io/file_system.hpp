#pragma once

#include <cstdint>
#include <string>

#include "io/directory.hpp"

namespace esker::io {

/// A file system's kind and name.
struct FileSystem {
  FileSystemKind kind = FileSystemKind::local;
  std::string name;
};

/// The file system of a statfs type number (`f_type`). One that is not known counts as local, with its number in hexadecimal as name:
/// refusing it would shut out every new local file system. Source: linux/magic.h, statfs(2).
FileSystem file_system_of(std::uint32_t type);

/// `not_supported` for a remote file system unless `allow_remote`. `path` is for the message.
Result<void> check_file_system(const std::string& path, const FileSystem& found, bool allow_remote);

}  // namespace esker::io
