#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "io/directory.hpp"
#include "io/limits.hpp"
#include "support/temporary_directory.hpp"

namespace esker::io {
namespace {

constexpr Site kSite{"test.site"};

TEST_SUITE("io") {
  TEST_CASE("open directory: it is made with its parents, for its owner and group") {
    const support::TemporaryDirectory temporary;
    const std::string path = temporary / "a/b/../c//d//";
    const auto opened = open_directory(path, {});
    REQUIRE(opened.has_value());
    CHECK(opened.value().directory->path() == temporary / "a/b/../c//d");
    CHECK_FALSE(opened.value().file_system_name.empty());
    CHECK(opened.value().directory->list(kSite).value().empty());
    struct stat status {};
    REQUIRE(::stat((temporary / "a/c").c_str(), &status) == 0);
    CHECK((status.st_mode & 0027) == 0);
    CHECK(open_directory(temporary / "a/c/d", {}).has_value());
  }

  TEST_CASE("open directory: without leave to create it must be there") {
    const support::TemporaryDirectory temporary;
    const OpenDirectoryOptions options{.create = false};
    CHECK(open_directory(temporary / "a", options).error().code() == Errc::not_found);
    CHECK(open_directory(temporary.path(), options).has_value());
  }

  TEST_CASE("open directory: what is no directory is refused") {
    const support::TemporaryDirectory temporary;
    const auto opened = open_directory(temporary.path(), {});
    REQUIRE(opened.value().directory->open("file", OpenMode::create_new, kSite).has_value());
    CHECK(open_directory(temporary / "file", {}).error().code() == Errc::invalid_argument);
    CHECK(open_directory(temporary / "file/below", {}).error().code() == Errc::invalid_argument);
    CHECK(open_directory("", {}).error().code() == Errc::invalid_argument);
    CHECK(open_directory(temporary / std::string(300, 'x'), {}).error().code() ==
          Errc::invalid_argument);
  }

  TEST_CASE("open directory: a link to a directory is followed, one to nowhere is not made") {
    const support::TemporaryDirectory temporary;
    REQUIRE(open_directory(temporary / "real", {}).has_value());
    REQUIRE(::symlink("real", (temporary / "link").c_str()) == 0);
    REQUIRE(::symlink("nowhere", (temporary / "dangling").c_str()) == 0);
    CHECK(open_directory(temporary / "link", {}).has_value());
    CHECK(open_directory(temporary / "link/below", {}).has_value());
    CHECK(std::filesystem::is_directory(temporary / "real/below"));
    CHECK(open_directory(temporary / "dangling", {}).error().code() == Errc::not_found);
  }

  TEST_CASE("open directory: a relative path starts where the process is") {
    const support::TemporaryDirectory temporary;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(temporary.path());
    CHECK(open_directory("data", {}).has_value());
    CHECK(open_directory("./deep/er", {}).has_value());
    CHECK(open_directory(".", {}).has_value());
    std::filesystem::current_path(before);
    CHECK(std::filesystem::is_directory(temporary / "data"));
    CHECK(std::filesystem::is_directory(temporary / "deep/er"));
  }

  TEST_CASE("open directory: without descriptors it fails clearly") {
    const support::TemporaryDirectory temporary;
    const LowerLimit descriptors(RLIMIT_NOFILE, 3);
    CHECK(open_directory(temporary.path(), {}).error().code() == Errc::no_space);
    CHECK(open_directory(temporary / "new", {}).error().code() == Errc::no_space);
  }

  TEST_CASE("open directory: the system's refusal to create is passed on") {
    const auto refused = open_directory("/proc/esker-test", {});
    REQUIRE(refused.has_error());
    CHECK(refused.error().message().find("/proc/esker-test") != std::string::npos);
  }

  TEST_CASE("open directory: memory is called volatile" *
            doctest::skip(!std::filesystem::is_directory("/dev/shm"))) {
    const auto opened = open_directory("/dev/shm", {.create = false});
    REQUIRE(opened.has_value());
    CHECK(opened.value().file_system == FileSystemKind::volatile_);
  }
}

}  // namespace
}  // namespace esker::io
