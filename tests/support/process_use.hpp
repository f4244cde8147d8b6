#pragma once

#include <sys/types.h>

#include <cstdint>

namespace esker::support {

/// What a process has of the machine at a moment, as /proc tells it.
struct ProcessUse {
  std::uint64_t memory_bytes = 0;  ///< Resident and its own: heap and stacks, not the mapped log.
  std::uint64_t descriptors = 0;
};

/// Fails the test when there is no such process.
ProcessUse use_of(pid_t process);

}  // namespace esker::support
