#pragma once

#include <cstdint>

namespace esker::io {

/// The number by which the system knows this process. Threads: any.
std::uint64_t process_id();

/// Lets this process have as many file descriptors as the system grants it (the hard limit of `RLIMIT_NOFILE`). Returns how many it may
/// have from now on. Threads: any.
std::uint64_t raise_descriptors_max();

/// Lets the calling thread have only what others leave of the processors, which is all when they want nothing. For good. Source: nice(2) of
/// a thread, as Linux has it.
void yield_to_others();

/// Gives the pages of memory that has been freed back to the system, which the allocator would keep for the next need. Takes time in
/// proportion to what is free, some ten milliseconds for 100 MiB. Threads: any.
void release_free_memory();

}  // namespace esker::io
