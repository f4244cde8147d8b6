#include "programs/mounted.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "io/descriptor.hpp"

namespace esker::support {

namespace {

Result<void> enter_own_namespace() {
  thread_local bool entered = false;
  if (entered) return ok();
  if (::unshare(CLONE_NEWNS) != 0) return not_allowed("mount namespace of its own");
  // Without this the mounts would appear in the namespace that this one was copied from.
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return not_allowed("private mounts");
  }
  entered = true;
  return ok();
}

std::string size_option(std::uint64_t bytes) { return "size=" + std::to_string(bytes); }

}  // namespace

Error not_allowed(const std::string& what) {
  return {Errc::not_supported, "no " + what + " here: " + std::strerror(errno)};
}

Result<Mounted> Mounted::mount(const What& what, const std::string& where) {
  ESKER_TRY(enter_own_namespace());
  if (::mount(what.source.c_str(), where.c_str(), what.type.c_str(), 0, what.options.c_str()) !=
      0) {
    return not_allowed("mounted " + what.type);
  }
  return Mounted(where);
}

Mounted::Mounted(Mounted&& other) noexcept : where_(std::exchange(other.where_, {})) {}

Mounted::~Mounted() {
  // Also when a failed test has left a file open on it.
  if (!where_.empty()) ::umount2(where_.c_str(), MNT_DETACH);
}

void Mounted::remount(const std::string& options) {
  ESKER_ASSERT_VALUES(::mount(nullptr, where_.c_str(), nullptr, MS_REMOUNT, options.c_str()) == 0,
                      std::strerror(errno));
}

void Mounted::unmount() {
  ESKER_ASSERT_VALUES(::umount2(where_.c_str(), 0) == 0, std::strerror(errno));
  where_.clear();
}

Result<std::unique_ptr<SmallTmpfs>> SmallTmpfs::make(std::uint64_t bytes) {
  std::unique_ptr<SmallTmpfs> made(new SmallTmpfs);
  ESKER_TRY(Mounted mounted,
            Mounted::mount({"tmpfs", "tmpfs", size_option(bytes)}, made->directory_.path()));
  made->mounted_.emplace(std::move(mounted));
  return made;
}

void SmallTmpfs::resize(std::uint64_t bytes) { mounted_->remount(size_option(bytes)); }

void SmallTmpfs::fill() {
  const io::Descriptor file(
      ::open((*this / "ballast").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  ESKER_ASSERT_VALUES(file.number() >= 0, std::strerror(errno));
  // Page by page, so that none is left.
  const std::array<char, 4096> page{};
  while (::write(file.number(), page.data(), page.size()) > 0) {
  }
  ESKER_ASSERT_VALUES(errno == ENOSPC, std::strerror(errno));
}

void SmallTmpfs::clear() {
  ESKER_ASSERT_VALUES(::unlink((*this / "ballast").c_str()) == 0, std::strerror(errno));
}

}  // namespace esker::support
