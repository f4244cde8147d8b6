#pragma once

#include "es_cli/options.hpp"
#include "es_cli/session.hpp"
#include "esker/result.hpp"

namespace esker::tools {

// The subcommands, each in the file of its name, or of what it goes with. They write what they answer to `session.output`, which the
// caller flushes, and end early when its reader has closed it. Errors: those of the client; `invalid_argument` for bad input; `io_error`
// for files. A signal ends them as soon as that is possible in order; whether there was one, `session.signals` knows.

Result<void> run_append(Session& session, const AppendOptions& options);
Result<void> run_read(Session& session, const ReadOptions& options);
Result<void> run_subscribe(Session& session, const SubscribeOptions& options);
Result<void> run_info(Session& session, const InfoOptions& options);
Result<void> run_import(Session& session, const ImportOptions& options);
Result<void> run_export(Session& session, const ExportOptions& options);
Result<void> run_metadata(Session& session, const MetadataOptions& options);
Result<void> run_delete(Session& session, const DeleteOptions& options);
Result<void> run_snapshot(Session& session, const SnapshotOptions& options);
Result<void> run_checkpoint(Session& session, const CheckpointOptions& options);
Result<void> run_compact(Session& session, const CompactOptions& options);
Result<void> run_root(Session& session, const RootOptions& options);
Result<void> run_prove(Session& session, const ProveOptions& options);
Result<void> run_check(Session& session, const CheckOptions& options);

/// Tells where `what` has been written.
void print_written(Session& session, const std::string& what, const AppendResult& written);

}  // namespace esker::tools
