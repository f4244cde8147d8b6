#include "common/compaction_text.hpp"
#include "es_cli/commands.hpp"

namespace esker::tools {
namespace {

constexpr std::chrono::milliseconds kLookInterval(200);

}  // namespace

Result<void> run_compact(Session& session, const CompactOptions& options) {
  CompactionStatus status;
  if (options.status) {
    ESKER_TRY(status, session.client.compaction());
  } else {
    ESKER_TRY(status, session.client.start_compaction(options.compaction));
    Progress progress(options.compaction.dry_run ? "looking" : "compacting", "segments");
    while (status.running && !session.signals.wait_for(kLookInterval)) {
      show_compaction(progress, status);
      ESKER_TRY(status, session.client.compaction());
    }
  }
  session.output.text() += compaction_text(status, session.json);
  if (status.failed) return Error(Errc::io_error, "the compaction has failed: " + *status.failed);
  return ok();
}

}  // namespace esker::tools
