#include "common/number_text.hpp"
#include "common/progress.hpp"
#include "es_tool/commands.hpp"
#include "es_tool/json_object.hpp"
#include "es_tool/offline_store.hpp"
#include "index/verify.hpp"

namespace esker::tools {

Result<ExitCode> run_rebuild_index(const EsToolOptions& options, Output& output) {
  ESKER_TRY(const OfflineStore store, OfflineStore::open(options.directory));
  ESKER_TRY(const log::Survey survey, log::survey_directory(store.directory()));
  const std::vector<index::SegmentKey> sealed = sealed_segments(survey.segments);
  const index::TermHasher hasher(survey.store.value_or(Uuid()));
  index::Index::SegmentReader read_segment = make_segment_reader(store.directory(), hasher);
  Progress progress("rebuilding the index", "files");
  UniqueFunction<void(std::uint64_t)> on_run = [&](std::uint64_t done) {
    progress.update(done, sealed.size(), done);
  };
  ESKER_TRY(const index::RebuildReport report,
            index::rebuild_runs(store.directory(), survey.store.value_or(Uuid()), sealed,
                                read_segment, on_run));
  progress.hide();
  if (options.json) {
    JsonObject object(output.text());
    object.add("index_files", report.built);
    object.add("index_bytes", report.bytes);
    object.add("removed", report.removed);
    object.end();
    output.text() += '\n';
  } else {
    output.text() += "made " + std::to_string(report.built) + " index files, " +
                     as_bytes_text(report.bytes) + "; removed " + std::to_string(report.removed) +
                     " that belonged to no sealed segment\n";
  }
  return ExitCode::done;
}

}  // namespace esker::tools
