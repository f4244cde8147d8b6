#pragma once

#include <sys/resource.h>

#include <csignal>

#include "base/assert.hpp"

namespace esker::io {

/// Lowers one of the process's limits for a scope.
class LowerLimit {
 public:
  LowerLimit(__rlimit_resource resource, rlim_t limit) : resource_(resource) {
    ESKER_ASSERT(::getrlimit(resource_, &before_) == 0);
    const rlimit lowered{.rlim_cur = limit, .rlim_max = before_.rlim_max};
    ESKER_ASSERT(::setrlimit(resource_, &lowered) == 0);
  }
  ~LowerLimit() { ::setrlimit(resource_, &before_); }
  LowerLimit(const LowerLimit&) = delete;
  LowerLimit& operator=(const LowerLimit&) = delete;

 private:
  __rlimit_resource resource_;
  rlimit before_{};
};

/// Ignores a signal for a scope.
class IgnoreSignal {
 public:
  explicit IgnoreSignal(int signal) : signal_(signal), before_(std::signal(signal, SIG_IGN)) {}
  ~IgnoreSignal() { std::signal(signal_, before_); }
  IgnoreSignal(const IgnoreSignal&) = delete;
  IgnoreSignal& operator=(const IgnoreSignal&) = delete;

 private:
  int signal_;
  void (*before_)(int);
};

}  // namespace esker::io
