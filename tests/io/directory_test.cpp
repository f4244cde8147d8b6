#include "io/directory.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <utility>

namespace esker::io {
namespace {

constexpr Site kSite{"test.site"};

/// A directory in which every call fails with `error`, the first `interruptions` times with EINTR.
class FailingDirectory final : public Directory {
 public:
  explicit FailingDirectory(int error) : Directory("/data"), error_(error) {}

  int interruptions = 0;

 protected:
  CallResult openat(const std::string&, OpenMode, std::unique_ptr<File>&, const Site&) override {
    return next();
  }
  CallResult renameat(const std::string&, const std::string&, const Site&) override {
    return next();
  }
  CallResult linkat(const Directory&, const std::string&, const std::string&,
                    const Site&) override {
    return next();
  }
  CallResult unlinkat(const std::string&, const Site&) override { return next(); }
  CallResult fsync(const Site&) override { return next(); }
  CallResult readdir(std::vector<std::string>& names, const Site&) override {
    names = {"b", "c", "a"};
    return next();
  }
  CallResult same_inode(const Site&) override { return next(); }

 private:
  CallResult next() {
    if (interruptions > 0) return --interruptions, CallResult{.value = 0, .error = EINTR};
    return {.value = 0, .error = error_};
  }

  int error_;
};

Errc open_code(int error, OpenMode mode) {
  FailingDirectory directory(error);
  return directory.open("x", mode, kSite).error().code();
}

TEST_SUITE("io") {
  TEST_CASE("directory: an open that fails says what can be done about it") {
    CHECK(open_code(ENOENT, OpenMode::read_only) == Errc::not_found);
    for (const int error : {ENOSPC, EDQUOT, EMFILE, ENFILE, EROFS}) {
      CHECK(open_code(error, OpenMode::create_new) == Errc::no_space);
      CHECK(open_code(error, OpenMode::create_or_open) == Errc::no_space);
    }
    CHECK(open_code(EROFS, OpenMode::read_write) == Errc::io_error);
    for (const int error : {ELOOP, EISDIR, ENXIO}) {
      CHECK(open_code(error, OpenMode::read_only) == Errc::corrupt);
    }
    CHECK(open_code(EACCES, OpenMode::read_only) == Errc::io_error);
    CHECK(open_code(EEXIST, OpenMode::create_new) == Errc::io_error);
  }

  TEST_CASE("directory: an interrupted open is tried again") {
    FailingDirectory directory(ENOENT);
    directory.interruptions = 2;
    CHECK(directory.open("x", OpenMode::read_only, kSite).error().code() == Errc::not_found);
  }

  TEST_CASE("directory: rename, remove, sync and list name what failed") {
    FailingDirectory full(ENOSPC);
    CHECK(full.rename("a", "b", kSite).error().code() == Errc::no_space);
    CHECK(full.remove("a", kSite).error().code() == Errc::io_error);
    CHECK(full.sync(kSite).error().code() == Errc::no_space);
    FailingDirectory absent(ENOENT);
    CHECK(absent.rename("a", "b", kSite).error().code() == Errc::not_found);
    CHECK(absent.remove("a", kSite).error().code() == Errc::not_found);
    FailingDirectory broken(EIO);
    CHECK(broken.rename("a", "b", kSite).error().message() ==
          "cannot rename /data/a to b (test.site): Input/output error");
    CHECK(broken.list(kSite).error().code() == Errc::io_error);
    CHECK(broken.sync({"log.directory_sync"}).error().message() ==
          "cannot sync directory /data (log.directory_sync): Input/output error");
  }

  TEST_CASE("directory: a link that cannot be is told from a failure") {
    const auto code = [](int error) {
      FailingDirectory directory(error);
      return directory.link(directory, "a", "b", kSite).error().code();
    };
    for (const int error : {EXDEV, EPERM, EMLINK, EOPNOTSUPP}) {
      CHECK(code(error) == Errc::not_supported);
    }
    CHECK(code(ENOENT) == Errc::not_found);
    CHECK(code(ENOSPC) == Errc::no_space);
    CHECK(code(EEXIST) == Errc::io_error);
  }

  TEST_CASE("directory: a sync is tried once, also when it is interrupted") {
    FailingDirectory directory(0);
    directory.interruptions = 1;
    CHECK(directory.sync(kSite).has_error());
    CHECK(directory.interruptions == 0);
  }

  TEST_CASE("directory: names are listed in order") {
    FailingDirectory directory(0);
    CHECK(directory.list(kSite).value() == std::vector<std::string>{"a", "b", "c"});
  }

  TEST_CASE("directory: one that is gone or replaced is not still there") {
    for (const int error : {ENOENT, ENOTDIR, 0}) {
      FailingDirectory directory(error);
      CHECK(directory.check_still_there(kSite).error().code() == Errc::not_found);
    }
    FailingDirectory directory(EIO);
    CHECK(directory.check_still_there(kSite).error().code() == Errc::io_error);
  }
}

}  // namespace
}  // namespace esker::io
