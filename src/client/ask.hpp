#pragma once

#include <memory>
#include <span>

#include "client/feed.hpp"
#include "esker/client.hpp"

namespace esker::client {

// The ways to ask the engine for something. Any thread. The frame is encoded here, on the caller's thread, so that the views need not
// outlive the call and the engine's thread only copies. An error means that nothing was asked, and `handler` is as it was.

/// Errors: `invalid_argument`, `too_large` (what no frame can hold; the rest is for the server to judge), `closed`, `busy`.
Result<void> ask_append(Engine& engine, const NewCommit& commit, Handler<AppendResult>&& handler);
/// Errors: `closed`, `busy`; also below.
Result<void> ask_info(Engine& engine, Handler<StoreInfo>&& handler);
Result<void> ask_compaction(Engine& engine, const format::CompactRequest& compact,
                            Handler<CompactionStatus>&& handler);
Result<void> ask_proof(Engine& engine, const format::ProveRequest& prove,
                       Handler<format::ProofReply>&& handler);
Result<void> ask_ping(Engine& engine, Handler<void>&& handler);

/// Never fails; errors come with the first event asked for.
std::shared_ptr<Feed> begin_feed(const std::shared_ptr<Engine>& engine, Feed::Kind kind,
                                 const Query& query);

}  // namespace esker::client
