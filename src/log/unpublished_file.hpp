#pragma once

#include <memory>
#include <string>

#include "esker/result.hpp"
#include "io/directory.hpp"

namespace esker::log {

/// A file of the log that is made under a temporary name, and renamed when it is whole and synced. What a crash leaves of it before that
/// the next open removes (R8).
///
/// Whoever makes it calls in this order, and names the calls: `create`, writes and a sync of `file`, `rename`, a sync of the directory.
class UnpublishedFile {
 public:
  /// `directory` outlives this. `name` is the one that it will have.
  UnpublishedFile(io::Directory& directory, std::string name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& temporary_name() const { return temporary_name_; }

  /// Makes it, empty, whatever an earlier attempt may have left. Errors: those of `Directory::open`, `no_space`, `io_error`.
  Result<void> create(const io::Site& create, const io::Site& empty);

  /// The file; null before `create`.
  [[nodiscard]] const std::shared_ptr<io::File>& file() const { return file_; }

  /// Gives it its name. Errors: `no_space`, `io_error`: then it may have either.
  Result<void> rename(const io::Site& site);

  /// Removes what has been made and not been renamed, if it can.
  void abandon(const io::Site& remove);

 private:
  io::Directory& directory_;
  const std::string name_;
  const std::string temporary_name_;
  std::shared_ptr<io::File> file_;
  bool renamed_ = false;
};

}  // namespace esker::log
