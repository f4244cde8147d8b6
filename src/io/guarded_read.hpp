#pragma once

#include <cstddef>
#include <span>

#include "esker/result.hpp"

namespace esker::io {

/// Installs the process's SIGBUS handler, once; later calls do nothing. A fault inside a guarded read becomes an error; one outside
/// ends the process with a message that says that a mapped file became unreadable. A handler that was there before gets
/// the faults that are not ours to handle.
void install_mapped_read_guard();

/// Runs `read(context)` over mapped memory. False when a page in it could not be read (I/O error, file cut short).
///
/// `read` must own nothing: it is left by siglongjmp, so no destructor of its runs. It may compute checksums and parse.
/// Threads: any; nests. Costs a sigsetjmp without mask (some 10 ns).
bool guarded_read(void (*read)(void* context), void* context);

/// Copies mapped memory to `to`, which is as long. False as `guarded_read`; then a part may have been copied.
bool guarded_copy(std::span<const std::byte> from, std::span<std::byte> to);

}  // namespace esker::io
