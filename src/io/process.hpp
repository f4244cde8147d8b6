#pragma once

#include <cstdint>

namespace esker::io {

/// The number by which the system knows this process. Threads: any.
std::uint64_t process_id();

/// Lets this process have as many file descriptors as the system grants it (the hard limit of `RLIMIT_NOFILE`). Returns how many it may
/// have from now on. Threads: any.
std::uint64_t raise_descriptors_max();

}  // namespace esker::io
