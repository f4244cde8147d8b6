#include "io/guarded_read.hpp"

#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "io/directory.hpp"
#include "support/temporary_directory.hpp"

namespace esker::io {
namespace {

constexpr Site kSite{"test.site"};
constexpr std::uint64_t kBytes = 3 * 4096;

/// A mapping of three pages of which the last two have been cut off the file.
struct CutMapping {
  CutMapping() {
    auto directory = std::move(open_directory(temporary.path(), {}).value().directory);
    const auto file = std::move(directory->open("cut", OpenMode::create_new, kSite).value());
    REQUIRE(file->resize(kBytes, kSite).has_value());
    mapping = std::move(file->map(kBytes, kSite).value());
    REQUIRE(file->resize(1, kSite).has_value());
  }

  support::TemporaryDirectory temporary;
  std::unique_ptr<Mapping> mapping;
};

struct Look {
  const std::byte* at;
  std::byte seen{0xff};
};

void look(void* context) {
  Look& it = *static_cast<Look*>(context);
  it.seen = *const_cast<const volatile std::byte*>(it.at);
}

bool can_read(const Mapping& mapping, std::size_t offset) {
  Look it{mapping.bytes().data() + offset};
  return guarded_read(look, &it);
}

struct Nested {
  const Mapping* mapping;
  bool inner = true;
  bool ended = false;
};

struct Ended {
  int status = 0;
  std::string errors;
};

/// Runs one of the skipped cases below in a process of its own, in which no handler has been installed yet.
Ended run_case(const std::string& name) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
  ::posix_spawn_file_actions_addclose(&actions, pipe[0]);
  ::posix_spawn_file_actions_addclose(&actions, pipe[1]);
  std::string program = "/proc/self/exe";
  std::string filter = "--test-case=" + name;
  std::string no_skip = "--no-skip";
  char* const arguments[] = {program.data(), filter.data(), no_skip.data(), nullptr};
  pid_t child = 0;
  REQUIRE(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  Ended ended;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(pipe[0], buffer, sizeof(buffer))) > 0;) {
    ended.errors.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(pipe[0]);
  REQUIRE(::waitpid(child, &ended.status, 0) == child);
  return ended;
}

bool died(const Ended& ended) {
  return WIFSIGNALED(ended.status) || (WIFEXITED(ended.status) && WEXITSTATUS(ended.status) != 0);
}

constexpr const char* kMessage = "a mapped file became unreadable";

TEST_SUITE("io") {
  // F20, F21.
  TEST_CASE("guarded read: a page that is there is read, one that is gone gives false") {
    install_mapped_read_guard();
    install_mapped_read_guard();
    const CutMapping cut;
    for (int round = 0; round < 3; ++round) {
      CHECK(can_read(*cut.mapping, 0));
      CHECK_FALSE(can_read(*cut.mapping, 4096));
      CHECK_FALSE(can_read(*cut.mapping, 8192));
    }
  }

  TEST_CASE("guarded read: a fault in an inner one leaves the outer one going") {
    install_mapped_read_guard();
    const CutMapping cut;
    Nested nested{cut.mapping.get()};
    CHECK(guarded_read(
        [](void* context) {
          Nested& it = *static_cast<Nested*>(context);
          it.inner = can_read(*it.mapping, 4096);
          it.ended = true;
        },
        &nested));
    CHECK_FALSE(nested.inner);
    CHECK(nested.ended);
    CHECK_FALSE(guarded_read(
        [](void* context) {
          Nested& it = *static_cast<Nested*>(context);
          static_cast<void>(can_read(*it.mapping, 4096));
          Look outer{it.mapping->bytes().data() + 8192};
          look(&outer);
        },
        &nested));
  }

  TEST_CASE("guarded read: each thread has a guard of its own") {
    install_mapped_read_guard();
    const CutMapping cut;
    std::vector<std::thread> threads;
    std::vector<int> wrong(4);
    for (std::size_t index = 0; index < wrong.size(); ++index) {
      threads.emplace_back([&, index] {
        for (int round = 0; round < 200; ++round) {
          wrong[index] += can_read(*cut.mapping, 4096) ? 1 : 0;
          wrong[index] += can_read(*cut.mapping, 0) ? 0 : 1;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == std::vector<int>{0, 0, 0, 0});
  }

  TEST_CASE("guarded read: a fault outside one ends the process with a message") {
    const Ended ended = run_case("child of guarded read: touches a lost page");
    CHECK(died(ended));
    CHECK(ended.errors.find(kMessage) != std::string::npos);
  }
  TEST_CASE("child of guarded read: touches a lost page" * doctest::skip()) {
    install_mapped_read_guard();
    const CutMapping cut;
    Look it{cut.mapping->bytes().data() + 4096};
    look(&it);
  }

  TEST_CASE("guarded read: a SIGBUS that is sent ends the process as if there were no guard") {
    const Ended ended = run_case("child of guarded read: is sent a signal");
    CHECK(died(ended));
    CHECK(ended.errors.find(kMessage) == std::string::npos);
  }
  TEST_CASE("child of guarded read: is sent a signal" * doctest::skip()) {
    install_mapped_read_guard();
    guarded_read([](void*) { ::raise(SIGBUS); }, nullptr);
  }

  TEST_CASE("guarded read: an earlier handler gets what is not guarded") {
    const Ended with_info = run_case("child of guarded read: has a handler with information");
    CHECK(WIFEXITED(with_info.status));
    CHECK(WEXITSTATUS(with_info.status) == 42);
    CHECK(with_info.errors.find(kMessage) != std::string::npos);
    const Ended plain = run_case("child of guarded read: has a plain handler");
    CHECK(WIFEXITED(plain.status));
    CHECK(WEXITSTATUS(plain.status) == 43);
    CHECK(plain.errors.find(kMessage) == std::string::npos);
  }
  TEST_CASE("child of guarded read: has a handler with information" * doctest::skip()) {
    struct sigaction earlier {};
    earlier.sa_flags = SA_SIGINFO;
    earlier.sa_sigaction = [](int, siginfo_t*, void*) { ::_exit(42); };
    REQUIRE(::sigaction(SIGBUS, &earlier, nullptr) == 0);
    install_mapped_read_guard();
    const CutMapping cut;
    CHECK_FALSE(can_read(*cut.mapping, 4096));
    Look it{cut.mapping->bytes().data() + 4096};
    look(&it);
  }
  TEST_CASE("child of guarded read: has a plain handler" * doctest::skip()) {
    std::signal(SIGBUS, [](int) { ::_exit(43); });
    install_mapped_read_guard();
    ::raise(SIGBUS);
  }

  TEST_CASE("guarded read: memory is copied as long as it can be read") {
    install_mapped_read_guard();
    const CutMapping cut;
    std::vector<std::byte> to(100);
    CHECK(guarded_copy(cut.mapping->bytes().first(100), to));
    CHECK(std::ranges::equal(to, cut.mapping->bytes().first(100)));
    CHECK_FALSE(guarded_copy(cut.mapping->bytes().subspan(4096, 100), to));
  }

  TEST_CASE("guarded read: a SIGBUS that was ignored stays ignored unless it is a fault") {
    const Ended ended = run_case("child of guarded read: ignores the signal");
    CHECK(died(ended));
    CHECK(ended.errors.find("still here") != std::string::npos);
    CHECK(ended.errors.find(kMessage) != std::string::npos);
  }
  TEST_CASE("child of guarded read: ignores the signal" * doctest::skip()) {
    std::signal(SIGBUS, SIG_IGN);
    install_mapped_read_guard();
    ::raise(SIGBUS);
    CHECK(::write(STDERR_FILENO, "still here\n", 11) == 11);
    const CutMapping cut;
    Look it{cut.mapping->bytes().data() + 4096};
    look(&it);
  }
}

}  // namespace
}  // namespace esker::io
