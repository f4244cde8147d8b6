#include "io/posix_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "esker/event.hpp"
#include "io/limits.hpp"
#include "support/temporary_directory.hpp"

namespace esker::io {
namespace {

constexpr Site kSite{"test.site"};

class Fixture {
 public:
  Fixture() : directory_(std::move(open_directory(store_, {}).value().directory)) {}

  Errc open_error(const std::string& name, OpenMode mode) {
    return directory_->open(name, mode, kSite).error().code();
  }

 protected:
  support::TemporaryDirectory temporary_;
  std::string store_ = temporary_ / "store";
  std::unique_ptr<Directory> directory_;
};

TEST_SUITE("io") {
  TEST_CASE_FIXTURE(Fixture, "posix directory: each mode opens what it says") {
    CHECK(open_error("a", OpenMode::read_only) == Errc::not_found);
    CHECK(open_error("a", OpenMode::read_write) == Errc::not_found);
    CHECK(directory_->open("a", OpenMode::create_new, kSite).has_value());
    CHECK(open_error("a", OpenMode::create_new) == Errc::io_error);
    CHECK(directory_->open("a", OpenMode::create_or_open, kSite).has_value());
    CHECK(directory_->open("b", OpenMode::create_or_open, kSite).has_value());
    CHECK(directory_->open("a", OpenMode::read_only, kSite).has_value());
    CHECK(directory_->open("a", OpenMode::read_write, kSite).has_value());
  }

  TEST_CASE_FIXTURE(Fixture, "posix directory: files are private and close on exec") {
    const auto file = directory_->open("a", OpenMode::create_new, kSite);
    struct stat status {};
    REQUIRE(::stat((store_ + "/a").c_str(), &status) == 0);
    CHECK((status.st_mode & 0137) == 0);
    // The newest descriptor is the file's; the one that is free now follows it.
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK((::fcntl(next - 1, F_GETFD) & FD_CLOEXEC) != 0);
    ::close(next);
  }

  TEST_CASE_FIXTURE(Fixture, "posix directory: links, directories, pipes and sockets are refused") {
    REQUIRE(directory_->open("file", OpenMode::create_new, kSite).has_value());
    REQUIRE(::symlink("file", (store_ + "/link").c_str()) == 0);
    REQUIRE(::symlink("nowhere", (store_ + "/dangling").c_str()) == 0);
    REQUIRE(::mkdir((store_ + "/directory").c_str(), 0700) == 0);
    REQUIRE(::mkfifo((store_ + "/pipe").c_str(), 0600) == 0);
    for (const char* const name : {"link", "dangling", "directory", "pipe"}) {
      CAPTURE(name);
      CHECK(open_error(name, OpenMode::read_only) == Errc::corrupt);
      CHECK(open_error(name, OpenMode::read_write) == Errc::corrupt);
      CHECK(open_error(name, OpenMode::create_or_open) == Errc::corrupt);
    }
    CHECK_FALSE(std::filesystem::exists(store_ + "/nowhere"));
  }

  TEST_CASE_FIXTURE(Fixture, "posix directory: rename replaces, remove removes") {
    auto a = std::move(directory_->open("a", OpenMode::create_new, kSite).value());
    REQUIRE(a->write_at(FileOffset(0), as_bytes("abc"), kSite).has_value());
    REQUIRE(directory_->open("b", OpenMode::create_new, kSite).has_value());
    CHECK(directory_->rename("a", "b", kSite).has_value());
    CHECK(directory_->list(kSite).value() == std::vector<std::string>{"b"});
    const auto b = std::move(directory_->open("b", OpenMode::read_only, kSite).value());
    CHECK(b->size(kSite).value() == 3);
    CHECK(directory_->rename("a", "b", kSite).error().code() == Errc::not_found);
    CHECK(directory_->remove("b", kSite).has_value());
    CHECK(directory_->remove("b", kSite).error().code() == Errc::not_found);
    CHECK(directory_->sync(kSite).has_value());
    CHECK(directory_->list(kSite).value().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "posix directory: a link leads to the same file from elsewhere") {
    const support::TemporaryDirectory elsewhere;
    const auto other = std::move(open_directory(elsewhere.path(), {}).value().directory);
    const auto a = std::move(directory_->open("a", OpenMode::create_new, kSite).value());
    REQUIRE(other->link(*directory_, "a", "b", kSite).has_value());
    CHECK(a->links(kSite).value() == 2);
    CHECK(other->link(*directory_, "a", "b", kSite).error().code() == Errc::io_error);
    CHECK(other->link(*directory_, "absent", "c", kSite).error().code() == Errc::not_found);
    REQUIRE(a->write_at(FileOffset(0), as_bytes("abc"), kSite).has_value());
    CHECK(other->open("b", OpenMode::read_only, kSite).value()->size(kSite).value() == 3);
  }

  TEST_CASE_FIXTURE(Fixture, "posix directory: listing twice gives all names twice, sorted") {
    std::vector<std::string> expected;
    for (int number = 100; number < 400; ++number) {
      expected.push_back("file" + std::to_string(number));
      REQUIRE(directory_->open(expected.back(), OpenMode::create_new, kSite).has_value());
    }
    CHECK(directory_->list(kSite).value() == expected);
    CHECK(directory_->list(kSite).value() == expected);
  }

  // F11.
  TEST_CASE_FIXTURE(Fixture,
                    "posix directory: without descriptors opening and listing fail clearly") {
    REQUIRE(directory_->open("a", OpenMode::create_new, kSite).has_value());
    std::vector<std::unique_ptr<File>> files;
    const LowerLimit descriptors(RLIMIT_NOFILE, 64);
    for (;;) {
      auto file = directory_->open("a", OpenMode::read_only, kSite);
      if (file.has_error()) {
        CHECK(file.error().code() == Errc::no_space);
        break;
      }
      files.push_back(std::move(file.value()));
      REQUIRE(files.size() < 64);
    }
    CHECK(open_error("b", OpenMode::create_new) == Errc::no_space);
    CHECK(directory_->list(kSite).error().code() == Errc::no_space);
    CHECK(directory_->sync(kSite).has_value());
    files.clear();
    CHECK(directory_->list(kSite).value() == std::vector<std::string>{"a"});
  }

  TEST_CASE_FIXTURE(Fixture, "posix directory: a directory that is moved is missed where it was") {
    CHECK(directory_->check_still_there(kSite).has_value());
    std::filesystem::rename(store_, temporary_ / "moved");
    CHECK(directory_->check_still_there(kSite).error().code() == Errc::not_found);
    std::filesystem::create_directory(store_);
    const auto replaced = directory_->check_still_there(kSite);
    REQUIRE(replaced.has_error());
    CHECK(replaced.error().code() == Errc::not_found);
    CHECK(replaced.error().message().find("another directory") != std::string::npos);
    // What was opened is still the old one.
    REQUIRE(directory_->open("late", OpenMode::create_new, kSite).has_value());
    CHECK(std::filesystem::exists(temporary_ / "moved/late"));
  }

  TEST_CASE_FIXTURE(Fixture, "posix directory: in a removed directory nothing can be made") {
    std::filesystem::remove(store_);
    CHECK(directory_->check_still_there(kSite).error().code() == Errc::not_found);
    CHECK(open_error("a", OpenMode::create_new) == Errc::not_found);
  }
}

}  // namespace
}  // namespace esker::io
