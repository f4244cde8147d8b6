#include "io/process.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

namespace esker::io {

std::uint64_t process_id() { return static_cast<std::uint64_t>(::getpid()); }

std::uint64_t raise_descriptors_max() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);  // cannot fail: the number is one that exists
  rlimit raised = limit;
  raised.rlim_cur = limit.rlim_max;
  // Refused where the hard limit is beyond what the kernel allows: then it stays as it is.
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

void yield_to_others() {
  constexpr int kNicest = 19;
  // Of a thread, by its number. It is never refused to be nicer.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNicest);
}

void release_free_memory() { ::malloc_trim(0); }

}  // namespace esker::io
