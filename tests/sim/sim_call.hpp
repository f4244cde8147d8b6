#pragma once

#include <cerrno>

#include "sim/sim_disk.hpp"

namespace esker::sim {

// Why this is apart from sim_disk.hpp: only the handles make calls.
template <class Effect>
io::CallResult SimDisk::call(const CallInfo& info, std::uint64_t epoch, Effect effect) {
  if (before_call_) before_call_(info);
  const base::MutexLock lock(mutex_);
  if (epoch != epoch_) return {.value = 0, .error = EIO};
  if (++calls_ >= stop_at_) return {.value = 0, .error = EIO};

  const FaultRule* const fault = rules_.match(info.call, info.name, info.site.name);
  // A sync, and a call that does a part first, have an effect although they fail.
  const bool has_effect = fault == nullptr || fault->error == 0 || fault->count.has_value() ||
                          info.call == Call::fdatasync || info.call == Call::fsync ||
                          info.call == Call::fsync_directory;
  const io::CallResult result =
      has_effect ? effect(fault) : io::CallResult{.value = 0, .error = fault->error};
  account(info, fault, result);
  return result;
}

}  // namespace esker::sim
