#include "common/compaction_text.hpp"
#include "es_tool/commands.hpp"
#include "esker/store.hpp"

namespace esker::tools {
namespace {

constexpr std::chrono::milliseconds kLookInterval(200);

}  // namespace

Result<ExitCode> run_compact(const EsToolOptions& options, Output& output) {
  StoreOptions store_options;
  store_options.create = false;
  store_options.snapshots_kept = options.snapshots_kept;
  ESKER_TRY(Store store, Store::open(options.directory, store_options));
  ESKER_TRY(store.start_compaction({.bytes_per_second = 0, .dry_run = options.dry_run}));
  Progress progress(options.dry_run ? "looking" : "compacting", "segments");
  CompactionStatus status = store.wait_for_compaction(kLookInterval);
  while (status.running) {
    show_compaction(progress, status);
    status = store.wait_for_compaction(kLookInterval);
  }
  progress.hide();
  ESKER_TRY(store.close());
  output.text() += compaction_text(status, options.json);
  if (status.failed) return Error(Errc::io_error, "the compaction has failed: " + *status.failed);
  return ExitCode::done;
}

}  // namespace esker::tools
