#include "io/call_error.hpp"

#include <doctest/doctest.h>

#include <cerrno>

namespace esker::io {
namespace {

TEST_SUITE("io") {
  TEST_CASE("call error: an errno is told by what the caller can do") {
    CHECK(errc_of(ENOENT) == Errc::not_found);
    for (const int error : {ENOSPC, EDQUOT, EFBIG, EMFILE, ENFILE}) {
      CHECK(errc_of(error) == Errc::no_space);
    }
    for (const int error : {EIO, EACCES, EROFS, ENOMEM}) CHECK(errc_of(error) == Errc::io_error);
  }

  TEST_CASE("call error: running out of descriptors comes with what to do") {
    const Error own = call_error("open /data/x", {"test.site"}, EMFILE);
    CHECK(own.message().find("ulimit -n") != std::string::npos);
    const Error all = call_error("open /data/x", {"test.site"}, ENFILE);
    CHECK(all.message().find("fs.file-max") != std::string::npos);
    CHECK(call_error("open /data/x", {"test.site"}, EACCES).message() ==
          "cannot open /data/x (test.site): Permission denied");
  }
}

}  // namespace
}  // namespace esker::io
