#pragma once

#include <chrono>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"
#include "log/copy_source.hpp"

namespace esker::log {

/// Waits until the log of a store that another process has open is known to be durable up to `last`: what is copied must not be more than
/// the source itself keeps.
///
/// Mostly a record behind it has said so already. Otherwise the watermark does so within its interval. When it does not, since the store
/// syncs its log only now and then (durability `none`), the segment's file is synced.
/// `source`  as it was read, with the file of the segment that `last` is in open.
/// Errors    `io_error`, `no_space`.
Result<void> prove_durable(io::Directory& directory, io::Clock& clock, const CopySource& source,
                           Position last, UniqueFunction<void(std::chrono::nanoseconds)>& wait);

}  // namespace esker::log
