#include "io/guarded_read.hpp"

#include <unistd.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"

namespace esker::io {
namespace {

/// Where this thread's innermost guarded read returns to; null outside one. Initial-exec, because a handler must not be
/// the first to touch a thread-local that is allocated on first use; volatile, because the handler reads it in between.
[[gnu::tls_model("initial-exec")]] thread_local sigjmp_buf* volatile innermost = nullptr;

struct sigaction previous_action {};

#if defined(__SANITIZE_THREAD__)
constexpr int kSaveMask = 1;  // ThreadSanitizer blocks all signals in a handler, SA_NODEFER or not
#else
constexpr int kSaveMask = 0;
#endif

/// The kernel's own report about a page, not a signal that somebody sent and not a misaligned access.
bool is_page_fault(const siginfo_t& info) {
  return info.si_code == BUS_ADRERR || info.si_code == BUS_OBJERR || info.si_code == BUS_MCEERR_AR;
}

void write_text(std::string_view text) {
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

/// Only calls that are allowed in a signal handler.
void write_message(std::uintptr_t address) {
  char digits[2 * sizeof(address)];
  std::size_t begin = sizeof(digits);
  do {
    digits[--begin] = "0123456789abcdef"[address % 16];
    address /= 16;
  } while (address != 0);
  write_text("esker: a mapped file became unreadable (SIGBUS at 0x");
  write_text({digits + begin, sizeof(digits) - begin});
  write_text(
      "): it was cut short or its disk failed; the process stops; check the disk and run es-tool "
      "verify\n");
}

void on_sigbus(int signal, siginfo_t* info, void* context) {
  const bool page_fault = is_page_fault(*info);
  if (page_fault && innermost != nullptr) siglongjmp(*innermost, 1);

  const int saved_errno = errno;
  if (page_fault) write_message(std::bit_cast<std::uintptr_t>(info->si_addr));
  if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
    previous_action.sa_sigaction(signal, info, context);
  } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
    previous_action.sa_handler(signal);
  } else if (previous_action.sa_handler == SIG_DFL || page_fault) {
    // A fault is repeated by returning to its instruction, so that a core file shows the place; a signal that was sent is not.
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    ::sigaction(SIGBUS, &standard, nullptr);
    if (info->si_code <= 0) ::raise(SIGBUS);
  }
  errno = saved_errno;
}

bool install() {
  // Asked for first: a fault in another thread may come as soon as the new handler is in place.
  ESKER_ASSERT(::sigaction(SIGBUS, nullptr, &previous_action) == 0);
  struct sigaction ours {};
  ours.sa_sigaction = on_sigbus;
  // SA_NODEFER: the handler is left by siglongjmp, which would otherwise leave SIGBUS blocked, or cost a saved mask at each read.
  ours.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigemptyset(&ours.sa_mask);
  ESKER_ASSERT(::sigaction(SIGBUS, &ours, nullptr) == 0);
  return true;
}

}  // namespace

void install_mapped_read_guard() { [[maybe_unused]] static const bool installed = install(); }

bool guarded_read(void (*read)(void* context), void* context) {
  sigjmp_buf here;
  sigjmp_buf* const outer = innermost;
  if (sigsetjmp(here, kSaveMask) != 0) {
    innermost = outer;
    return false;
  }
  innermost = &here;
  // The reads must not be moved out of the guard; the compiler does not know that they can jump.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  read(context);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  innermost = outer;
  return true;
}

bool guarded_copy(std::span<const std::byte> from, std::span<std::byte> to) {
  struct Copying {
    std::span<const std::byte> from;
    std::span<std::byte> to;
  } copying{from, to};
  return guarded_read(
      [](void* context) {
        const auto& it = *static_cast<Copying*>(context);
        std::ranges::copy(it.from, it.to.begin());
      },
      &copying);
}

}  // namespace esker::io
