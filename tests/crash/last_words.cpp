#include "crash/last_words.hpp"

#include <signal.h>
#include <unistd.h>

#include <utility>

namespace esker::crash {
namespace {

thread_local const std::string* words_of_thread = nullptr;

/// Only what a signal handler may do; the abort goes on when it returns.
void say(int /*signal*/) {
  if (words_of_thread == nullptr) return;
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, words_of_thread->data(), words_of_thread->size());
}

}  // namespace

LastWords::LastWords(std::string words)
    : words_(std::move(words) + "\n"), before_(std::exchange(words_of_thread, &words_)) {}

LastWords::~LastWords() { words_of_thread = before_; }

void LastWords::say_on_abort() {
  struct sigaction action {};
  action.sa_handler = say;
  ::sigaction(SIGABRT, &action, nullptr);
}

}  // namespace esker::crash
