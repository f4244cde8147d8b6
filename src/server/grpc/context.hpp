#pragma once

#include "esker/store.hpp"
#include "server/grpc/calls.hpp"
#include "server/grpc/failure.hpp"
#include "server/grpc/workers.hpp"
#include "server/shared.hpp"

namespace esker::server::kurrent {

/// What all calls of a server have in common. Outlives them. Threads: any.
struct Context {
  Shared& shared;  ///< Its options bound what calls may take.
  Workers& workers;
  Calls& calls;
  Limits limits;  ///< The store's.

  [[nodiscard]] Store& store() const { return shared.store; }

  /// Why a call that could not be added to `calls` is refused.
  [[nodiscard]] Failure refusal() const { return calls.stopping() ? shutting_down() : too_busy(); }
};

}  // namespace esker::server::kurrent
