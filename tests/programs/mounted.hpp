#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "esker/result.hpp"
#include "support/temporary_directory.hpp"

namespace esker::support {

/// A file system that is mounted for a test alone, until this object goes.
///
/// Before the first one the calling thread, and with it what it starts later, gets a mount namespace of its own: nobody else sees the
/// mounts, and a test that dies leaves none behind.
class Mounted {
 public:
  /// What mount(2) takes.
  struct What {
    std::string source;
    std::string type;
    std::string options;
  };

  /// Mounts it at the directory `where`.
  /// Errors: `not_supported`, when the user or the machine may not: the test says so and ends.
  static Result<Mounted> mount(const What& what, const std::string& where);

  Mounted(Mounted&& other) noexcept;
  Mounted& operator=(Mounted&&) = delete;
  ~Mounted();

  /// Changes its options.
  void remount(const std::string& options);
  /// Unmounts it now; nobody has a file on it open.
  void unmount();

 private:
  explicit Mounted(std::string where) : where_(std::move(where)) {}

  std::string where_;  // empty: no longer mounted
};

/// The error of a machine that does not let a test do something, made of errno.
Error not_allowed(const std::string& what);

/// A tmpfs of a few bytes, which can be filled to the last page.
class SmallTmpfs {
 public:
  /// Errors: as those of `Mounted::mount`.
  static Result<std::unique_ptr<SmallTmpfs>> make(std::uint64_t bytes);

  /// The path of `name` in it; nothing is made.
  [[nodiscard]] std::string operator/(std::string_view name) const { return directory_ / name; }

  void resize(std::uint64_t bytes);
  /// Takes all the space that is left, by a file of its own.
  void fill();
  /// Gives back what `fill` took.
  void clear();

 private:
  SmallTmpfs() = default;

  const TemporaryDirectory directory_;
  std::optional<Mounted> mounted_;
};

}  // namespace esker::support
