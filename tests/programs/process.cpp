#include "programs/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <thread>
#include <utility>

#include "base/assert.hpp"

namespace esker::support {

namespace {

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  ESKER_ASSERT_VALUES(::pipe2(ends.data(), O_CLOEXEC) == 0, std::strerror(errno));
  return {ends[0], ends[1]};
}

void close_once(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_with(const std::vector<std::string>& more) {
  std::vector<std::string> all(more);
  for (char** variable = environ; *variable != nullptr; ++variable) all.emplace_back(*variable);
  return all;
}

/// Between fork and exec: system calls only, since another thread of the test may have held any lock.
[[noreturn]] void become(const Pipe& input, const Pipe& output, const Pipe& error,
                         std::uint64_t file_bytes_max, char* const* arguments,
                         char* const* environment) {
  ::dup2(input.read, STDIN_FILENO);
  ::dup2(output.write, STDOUT_FILENO);
  ::dup2(error.write, STDERR_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
  if (file_bytes_max != 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{file_bytes_max, file_bytes_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ::execve(arguments[0], arguments, environment);
  ::_exit(127);
}

/// Waits for one of `ready` until the deadline, which ends the test.
void poll_until(std::span<pollfd> ready, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    ESKER_ASSERT_VALUES(left.count() > 0, "a program took longer than its deadline");
    const int count = ::poll(ready.data(), ready.size(), static_cast<int>(left.count()));
    if (count > 0) return;
    ESKER_ASSERT_VALUES(count == 0 || errno == EINTR, std::strerror(errno));
  }
}

}  // namespace

Process::Process(std::vector<std::string> arguments) : Process(Command{std::move(arguments), {}}) {}

Process::Process(const Command& command) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = environment_with(command.environment);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  Pipe error = make_pipe();
  ::signal(SIGPIPE, SIG_IGN);  // writing to a program that has ended is no reason to end the test

  id_ = ::fork();
  ESKER_ASSERT_VALUES(id_ >= 0, std::strerror(errno));
  if (id_ == 0) {
    become(input, output, error, command.file_bytes_max, argument_pointers.data(),
           environment_pointers.data());
  }
  process_ = static_cast<int>(::syscall(SYS_pidfd_open, id_, 0));
  ESKER_ASSERT_VALUES(process_ >= 0, std::strerror(errno));
  close_once(input.read);
  close_once(output.write);
  close_once(error.write);
  input_ = input.write;
  output_.descriptor = output.read;
  error_.descriptor = error.read;
}

Process::Process(Process&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      process_(std::exchange(other.process_, -1)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, {})),
      error_(std::exchange(other.error_, {})),
      exit_(other.exit_) {}

Process::~Process() {
  if (id_ < 0) return;
  if (!exit_) {
    ::kill(id_, SIGKILL);
    wait();
  }
  close_input();
  close_output();
  close_once(error_.descriptor);
  close_once(process_);
}

void Process::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(input_, text.data(), text.size());
    if (count < 0 && errno == EPIPE) return;
    ESKER_ASSERT_VALUES(count > 0, std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Process::close_input() { close_once(input_); }
void Process::close_output() { close_once(output_.descriptor); }

bool Process::read_some() {
  std::array<Stream*, 2> streams{&output_, &error_};
  std::array<pollfd, 2> ready{pollfd{output_.descriptor, POLLIN, 0},
                              pollfd{error_.descriptor, POLLIN, 0}};
  if (output_.descriptor < 0 && error_.descriptor < 0) return false;
  poll_until(ready, std::chrono::steady_clock::now() + kDeadline);
  for (std::size_t at = 0; at < streams.size(); ++at) {
    if (ready[at].revents == 0) continue;
    std::array<char, 65536> bytes;
    const ssize_t count = ::read(streams[at]->descriptor, bytes.data(), bytes.size());
    if (count > 0) {
      streams[at]->buffer.append(bytes.data(), static_cast<std::size_t>(count));
    } else {
      close_once(streams[at]->descriptor);
    }
  }
  return true;
}

std::optional<std::string> Process::line_of(Stream& stream) {
  for (;;) {
    const std::size_t end = stream.buffer.find('\n');
    if (end != std::string::npos) {
      std::string line = stream.buffer.substr(0, end);
      stream.buffer.erase(0, end + 1);
      return line;
    }
    if (stream.descriptor < 0 || !read_some()) {
      if (stream.buffer.empty()) return std::nullopt;
      return std::exchange(stream.buffer, {});
    }
  }
}

std::optional<std::string> Process::output_line() { return line_of(output_); }
std::optional<std::string> Process::error_line() { return line_of(error_); }

std::string Process::rest_of_output() {
  while (output_.descriptor >= 0) read_some();
  return std::exchange(output_.buffer, {});
}

std::string Process::rest_of_error() {
  while (error_.descriptor >= 0) read_some();
  return std::exchange(error_.buffer, {});
}

void Process::signal(int number) const { ::kill(id_, number); }

Exit Process::wait() {
  if (exit_) return *exit_;
  std::array<pollfd, 1> ended{pollfd{process_, POLLIN, 0}};
  poll_until(ended, std::chrono::steady_clock::now() + kDeadline);
  int status = 0;
  ESKER_ASSERT_VALUES(::waitpid(id_, &status, 0) == id_, std::strerror(errno));
  exit_ = WIFEXITED(status) ? Exit{WEXITSTATUS(status), 0} : Exit{-1, WTERMSIG(status)};
  return *exit_;
}

Finished run(const Command& command, std::string_view input) {
  Process process(command);
  // On a thread of its own, since the program may write while it still has much to read.
  std::thread writer([&process, input] {
    process.write(input);
    process.close_input();
  });
  std::string output = process.rest_of_output();
  std::string error = process.rest_of_error();
  writer.join();
  const Exit exit = process.wait();
  return {exit, std::move(output), std::move(error)};
}

}  // namespace esker::support
