#include "crash/last_words.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "base/assert.hpp"

namespace esker::crash {

TEST_SUITE("crash") {
  TEST_CASE("last words: an assertion that fails says what its thread was at") {
    int pipe[2];
    REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(pipe[1], STDERR_FILENO);
      LastWords::say_on_abort();
      const LastWords outer("outer");
      { const LastWords done("done"); }
      ESKER_ASSERT(::getpid() == 0);
    }
    ::close(pipe[1]);
    std::string said;
    std::array<char, 1024> bytes;
    for (ssize_t count; (count = ::read(pipe[0], bytes.data(), bytes.size())) > 0;) {
      said.append(bytes.data(), static_cast<std::size_t>(count));
    }
    ::close(pipe[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
    CHECK(said.find("assertion failed") != std::string::npos);
    CHECK(said.ends_with("\nouter\n"));
  }
}

}  // namespace esker::crash
