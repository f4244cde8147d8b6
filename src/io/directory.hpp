#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.hpp"

namespace esker::io {

/// How a file is opened. Descriptors are close-on-exec, and links are never followed.
enum class OpenMode : std::uint8_t {
  read_only,       ///< Must exist.
  read_write,      ///< Must exist.
  create_new,      ///< Read and write; must not exist.
  create_or_open,  ///< Read and write; made empty when it does not exist.
};

/// An open directory, by which all of a store's files are named, so that a store cannot be swapped under a running process.
///
/// Virtual functions are system calls, as in `File`. Threads: any.
class Directory {
 public:
  explicit Directory(std::string path) : path_(std::move(path)) {}
  virtual ~Directory() = default;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  /// The path as it should be shown to a person.
  [[nodiscard]] const std::string& path() const { return path_; }

  /// Opens a regular file. Errors: `not_found`; `no_space` (ENOSPC, EDQUOT, EMFILE, ENFILE, EROFS when creating);
  /// `corrupt` when the name is a directory, link or anything else but a regular file; `io_error`.
  Result<std::unique_ptr<File>> open(std::string_view name, OpenMode mode, const Site& site);

  /// Atomically gives `from` the name `to`, replacing what has it; durable only after `sync`. Errors: `not_found`, `no_space`, `io_error`.
  Result<void> rename(std::string_view from, std::string_view to, const Site& site);

  /// Gives the file that is called `from` in the directory `source` the name `to` in this one, too (a hard link); durable only after
  /// `sync`. Both are directories of the machine, or both of the same simulated disk.
  /// Errors: `not_found` (`from`); `not_supported` when they are on two file systems, or this one has no hard links, allows no more of
  /// this file or not of others' files; `io_error` (also when `to` is there), `no_space`.
  Result<void> link(const Directory& source, std::string_view from, std::string_view to,
                    const Site& site);

  /// Removes a name; durable only after `sync`. Errors: `not_found`, `io_error`.
  Result<void> remove(std::string_view name, const Site& site);

  /// Makes names made, changed and removed so far durable. Tried once, like `File::sync_data`. Errors: `io_error`, `no_space`.
  Result<void> sync(const Site& site);

  /// The names in the directory but `.` and `..`, sorted. Errors: `io_error`.
  Result<std::vector<std::string>> list(const Site& site);

  /// `not_found` or `io_error` when the path no longer leads to the directory that was opened; so a store that has been moved
  /// or replaced while it is open stops instead of writing where nobody looks.
  Result<void> check_still_there(const Site& site);

 protected:
  /// `file` is set exactly when the call succeeds.
  virtual CallResult openat(const std::string& name, OpenMode mode, std::unique_ptr<File>& file,
                            const Site& site) = 0;
  virtual CallResult renameat(const std::string& from, const std::string& to, const Site& site) = 0;
  virtual CallResult linkat(const Directory& source, const std::string& from, const std::string& to,
                            const Site& site) = 0;
  virtual CallResult unlinkat(const std::string& name, const Site& site) = 0;
  virtual CallResult fsync(const Site& site) = 0;
  virtual CallResult readdir(std::vector<std::string>& names, const Site& site) = 0;
  /// 1 when the path leads to this directory, 0 when to another.
  virtual CallResult same_inode(const Site& site) = 0;

 private:
  std::string path_;
};

/// What kind of file system a directory is on, by statfs type.
enum class FileSystemKind : std::uint8_t {
  local,      ///< A disk's: ext4, XFS, btrfs, …
  volatile_,  ///< tmpfs, overlay: kept only as long as the machine or container runs.
  remote,     ///< NFS, CIFS, 9p, FUSE: `fdatasync` and `flock` promise less than Esker needs.
};

struct OpenDirectoryOptions {
  bool create = true;         ///< Make the directory, and missing parents, when it does not exist.
  bool allow_remote = false;  ///< Accept `FileSystemKind::remote`.
};

/// A directory of the machine, and what it is on.
struct OpenedDirectory {
  std::unique_ptr<Directory> directory;
  FileSystemKind file_system = FileSystemKind::local;
  std::string file_system_name;  ///< "ext4", "tmpfs", … or the type number in hexadecimal.
};

/// Opens a directory of the machine. A directory that is made is durable in its parent when this returns.
/// Errors: `not_found`, `not_supported` (remote file system), `invalid_argument` (not a directory), `no_space`, `io_error`.
Result<OpenedDirectory> open_directory(const std::string& path, OpenDirectoryOptions options);

}  // namespace esker::io
