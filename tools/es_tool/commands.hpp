#pragma once

#include "common/output.hpp"
#include "es_tool/options.hpp"
#include "esker/result.hpp"

namespace esker::tools {

// The subcommands. Each opens the store, does its work and writes the result to `output`; the answer is how to end, an error what to tell.

Result<ExitCode> run_verify(const EsToolOptions& options, Output& output);
Result<ExitCode> run_dump(const EsToolOptions& options, Output& output);
Result<ExitCode> run_stats(const EsToolOptions& options, Output& output);
Result<ExitCode> run_repair(const EsToolOptions& options, Output& output);
Result<ExitCode> run_backup(const EsToolOptions& options, Output& output);
Result<ExitCode> run_restore(const EsToolOptions& options, Output& output);
Result<ExitCode> run_branch(const EsToolOptions& options, Output& output);
Result<ExitCode> run_rebuild_index(const EsToolOptions& options, Output& output);
Result<ExitCode> run_compact(const EsToolOptions& options, Output& output);
Result<ExitCode> run_root(const EsToolOptions& options, Output& output);
Result<ExitCode> run_prove(const EsToolOptions& options, Output& output);
Result<ExitCode> run_check(const EsToolOptions& options, Output& output);
Result<ExitCode> run_compress(const EsToolOptions& options, Output& output);

}  // namespace esker::tools
