#pragma once

#include "esker/result.hpp"
#include "esker/store.hpp"
#include "format/message.hpp"

namespace esker::server {

/// What the store answers. May read two files, and hash what has been appended since the tree was worked on last: some tens of
/// milliseconds at most. Errors: those of `Store::root`, `Store::prove_inclusion` and `Store::prove_consistency`.
Result<format::ProofReply> prove(const Store& store, const format::ProveRequest& asked);

}  // namespace esker::server
