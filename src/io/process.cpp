#include "io/process.hpp"

#include <unistd.h>

namespace esker::io {

std::uint64_t process_id() { return static_cast<std::uint64_t>(::getpid()); }

}  // namespace esker::io
