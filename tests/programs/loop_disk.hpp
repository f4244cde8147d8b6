#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "esker/result.hpp"
#include "programs/mounted.hpp"

namespace esker::support {

/// An ext4 on a loop device over an image in a tmpfs: a file system of the kernel's own that can be made to fail as those on broken disks
/// do. All space of the image is there at first, so that nothing fails by itself.
class LoopDisk {
 public:
  /// Makes and mounts it.
  /// Errors: `not_supported`, when the user or the machine may not, or has no mkfs.ext4: the test says so and ends.
  static Result<std::unique_ptr<LoopDisk>> make();
  ~LoopDisk();

  /// The path of `name` in it; nothing is made.
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return where_ + "/" + std::string(name);
  }
  /// The image, to be checked while it is not mounted.
  [[nodiscard]] const std::string& image() const { return image_; }

  /// Again after `unmount`. Errors: as those of `make`.
  Result<void> mount();
  /// After it the page cache knows nothing of its files. Nobody has one open.
  void unmount();

  /// From now on the pages of `file` behind its last byte that is not zero cannot be written, until `mend`: a sync after writing there
  /// fails. They read as zeros, as before. (The image loses their blocks, and the tmpfs has no space for others.)
  /// Errors: `not_supported`, when this kernel lacks a setting: the test says so and ends.
  Result<void> break_end_of(const std::string& file);
  void mend();

  /// Has the kernel find an error in it, by which it becomes read-only until it has been checked. Errors: as those of `break_end_of`.
  Result<void> turn_read_only();

 private:
  explicit LoopDisk(std::unique_ptr<SmallTmpfs> tmpfs);

  Result<void> make_file_system();
  [[nodiscard]] std::string request_setting() const;
  void restore_requests();

  const std::unique_ptr<SmallTmpfs> tmpfs_;
  const std::string image_;
  const std::string where_;
  std::string device_;  // "loop0"
  std::string
      usual_request_kib_;  // the setting that `break_end_of` changed, since it outlives the file system
  std::optional<Mounted> mounted_;
};

}  // namespace esker::support
