#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "esker/result.hpp"
#include "io/directory.hpp"

namespace esker::store {

inline constexpr std::string_view kLockFileName = "LOCK";

/// Holds a store's directory for one owner, as long as it lives (R11).
///
/// The lock is the kernel's (flock), so it goes with the process, however that ends; the file is never deleted, since a second process
/// could then lock another file of the same name. Its text only tells who has it.
class LockFile {
 public:
  /// `owner` is shown to whoever finds the store locked, such as "process 4711"; at most 60 bytes.
  /// Errors: `locked`, naming the owner; `no_space`, `io_error`, `corrupt` (something else has the name).
  static Result<LockFile> take(io::Directory& directory, std::string_view owner);

  /// Who has taken the lock last, as it stands in the file; empty when that is not known.
  static std::string owner(io::Directory& directory);

 private:
  explicit LockFile(std::unique_ptr<io::File> file) : file_(std::move(file)) {}

  std::unique_ptr<io::File> file_;
};

}  // namespace esker::store
