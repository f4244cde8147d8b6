#include <algorithm>

#include "common/number_text.hpp"
#include "common/utc_time.hpp"
#include "es_tool/commands.hpp"
#include "es_tool/findings.hpp"
#include "es_tool/json_object.hpp"

namespace esker::tools {
namespace {

/// Those that hold events or did: a segment prepared ahead is there already, and says nothing of the log.
std::size_t begun_segments(const log::VerifyReport& log) {
  return static_cast<std::size_t>(std::ranges::count_if(
      log.segments, [](const log::SegmentVerdict& segment) { return segment.begun; }));
}

void print_json(std::string& out, const log::VerifyReport& log, const IndexFindings& index,
                const proof::TreeReport& tree) {
  JsonObject object(out);
  object.add("kind", "summary");
  object.add("store", log.store.to_string());
  object.add("faults", log.faults + index.faults + tree.faults);
  object.add("segments", begun_segments(log));
  object.add("events", log.events);
  object.add("commits", log.commits);
  object.add("streams", log.streams);
  object.add("last_position", log.last.value());
  object.add("bytes", log.bytes);
  object.add("torn_bytes", log.torn_bytes);
  object.add("index_files", index.runs);
  object.add("index_files_missing", index.missing);
  object.add("index_bytes", index.bytes);
  object.add("tree_files", tree.files);
  object.add("tree_files_missing", tree.missing);
  object.add("tree_bytes", tree.bytes);
  object.add("tree_events", tree.leaves);
  object.end();
  out += '\n';
}

void print_text(std::string& out, const log::VerifyReport& log, const IndexFindings& index,
                const proof::TreeReport& tree, bool with_index) {
  const std::uint64_t faults = log.faults + index.faults + tree.faults;
  out += "log: " + counted(log.events, "event") + " in " + counted(log.commits, "commit") + ", " +
         counted(log.streams, "stream") + ", " + counted(begun_segments(log), "segment") + "\n";
  if (log.last != Position()) {
    out += "ends with position " + std::to_string(log.last.value()) + " of " +
           to_rfc3339(log.last_time) + "\n";
  }
  if (with_index) {
    out += "index: " + counted(index.runs, "file") + ", " + as_bytes_text(index.bytes);
    if (index.missing > 0) {
      out += "; " + std::to_string(index.missing) + " missing, made when the store is opened";
    }
    out += "\n";
  }
  if (tree.files > 0) {
    out += "tree: " + counted(tree.files, "file") + ", " + as_bytes_text(tree.bytes) + ", " +
           counted(tree.leaves, "event");
    if (tree.missing > 0) {
      out += "; " + std::to_string(tree.missing) + " missing, made when the store is opened";
    }
    out += "\n";
  }
  if (faults == 0) {
    out += "no fault found\n";
  } else {
    out += counted(faults, "fault") + " found: es-tool repair --dry-run tells what can be done\n";
  }
}

}  // namespace

Result<ExitCode> run_verify(const EsToolOptions& options, Output& output) {
  ESKER_TRY(const OfflineStore store, OfflineStore::open(options.directory));
  Progress progress("verifying", "MiB");
  Findings findings(output, progress, options.json);
  log::VerifyCallbacks callbacks = findings.callbacks();
  ESKER_TRY(const log::VerifyReport log, log::verify_log(store.directory(), callbacks));
  IndexFindings index;
  proof::TreeReport tree;
  if (!options.log_only) {
    Progress index_progress("verifying the index", "segments");
    Findings index_findings(output, index_progress, options.json);
    progress.hide();
    ESKER_TRY(index, verify_index(store.directory(), log, index_findings, index_progress));
    ESKER_TRY(index_findings.written());
    index_progress.hide();
    Progress tree_progress("verifying the tree", "events");
    Findings tree_findings(output, tree_progress, options.json);
    ESKER_TRY(tree, verify_trees(store.directory(), log, tree_findings, tree_progress));
    ESKER_TRY(tree_findings.written());
  }
  ESKER_TRY(findings.written());
  progress.hide();
  if (options.json) {
    print_json(output.text(), log, index, tree);
  } else {
    print_text(output.text(), log, index, tree, !options.log_only);
  }
  return log.faults + index.faults + tree.faults == 0 ? ExitCode::done : ExitCode::failed;
}

}  // namespace esker::tools
