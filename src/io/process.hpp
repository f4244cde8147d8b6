#pragma once

#include <cstdint>

namespace esker::io {

/// The number by which the system knows this process. Threads: any.
std::uint64_t process_id();

}  // namespace esker::io
