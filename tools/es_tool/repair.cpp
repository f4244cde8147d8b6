#include "log/repair.hpp"

#include <algorithm>

#include "common/utc_time.hpp"
#include "es_tool/commands.hpp"
#include "es_tool/findings.hpp"
#include "es_tool/json_object.hpp"
#include "index/run_files.hpp"
#include "index/verify.hpp"
#include "io/clock.hpp"
#include "log/inventory.hpp"
#include "log/set_aside.hpp"

namespace esker::tools {
namespace {

/// "set-aside-20260102T030405.000000006Z": a name that no earlier repair has used.
std::string set_aside_name() {
  std::string time = to_rfc3339(io::system_clock().now());
  std::erase_if(time, [](char symbol) { return symbol == '-' || symbol == ':'; });
  return std::string(log::kSetAsidePrefix) + time;
}

class RepairCommand {
 public:
  RepairCommand(const EsToolOptions& options, Output& output)
      : options_(options),
        output_(output),
        progress_("repairing", "MiB"),
        findings_(output, progress_, options.json) {}

  Result<ExitCode> run() {
    ESKER_TRY(const OfflineStore store, OfflineStore::open(options_.directory));
    ESKER_TRY(report_, repair_log(store.directory()));
    log_ = report_.found;
    if (!options_.dry_run && report_.actions > 0) {
      ESKER_TRY(verify_again(store.directory()));
    }
    ESKER_TRY(repair_index(store.directory()));
    ESKER_TRY(repair_trees(store.directory()));
    ESKER_TRY(findings_.written());
    progress_.hide();
    print_summary();
    const bool to_do = options_.dry_run && actions() > 0;
    return report_.needs_cut || left_ > 0 || to_do ? ExitCode::failed : ExitCode::done;
  }

 private:
  [[nodiscard]] std::uint64_t actions() const { return report_.actions + other_actions_; }
  [[nodiscard]] std::string_view verb() const { return options_.dry_run ? "would do" : "done"; }

  Result<log::RepairReport> repair_log(io::Directory& directory) {
    log::RepairCallbacks callbacks{
        .verify = findings_.callbacks(),
        .on_action = [this](const std::string& line) { findings_.line(verb(), line); },
        .make_set_aside = [this, &directory] { return make_set_aside(directory); },
    };
    return log::repair_log(directory, {.cut = options_.cut, .dry_run = options_.dry_run},
                           callbacks);
  }

  Result<std::unique_ptr<io::Directory>> make_set_aside(io::Directory& directory) {
    const bool first = set_aside_path_.empty();
    if (first) set_aside_path_ = directory.path() + "/" + set_aside_name();
    ESKER_TRY(io::OpenedDirectory opened,
              io::open_directory(set_aside_path_, {.create = true, .allow_remote = true}));
    if (first) {
      findings_.line("note", "what is taken out of the store is copied to " + set_aside_path_);
    }
    return std::move(opened.directory);
  }

  /// Damaged index files are made again, and those of segments that are not there any more removed.
  Result<void> repair_index(io::Directory& directory) {
    ESKER_TRY(const IndexFindings index, verify_index(directory, log_, findings_, progress_));
    if (index.faults == 0 && index.obsolete == 0) return ok();
    // A run is made from the records; while some are lost there is nothing to make it from.
    if (index.faults == 0 || report_.needs_cut) {
      return remove_obsolete(directory);
    }
    if (!options_.dry_run) {
      ESKER_TRY(rebuild(directory));
    }
    ++other_actions_;
    findings_.line(verb(), directory.path() + ": index made again from the log");
    return ok();
  }

  Result<void> remove_obsolete(io::Directory& directory) {
    if (options_.dry_run) return ok();
    ESKER_TRY(const log::Survey survey, log::survey_directory(directory));
    ESKER_TRY(const index::RunFiles files,
              index::remove_obsolete_runs(directory, sealed_segments(survey.segments)));
    if (files.obsolete.empty()) return ok();
    ++other_actions_;
    findings_.line(verb(), directory.path() + ": " + std::to_string(files.obsolete.size()) +
                               " index files of no sealed segment removed");
    return ok();
  }

  Result<void> rebuild(io::Directory& directory) {
    ESKER_TRY(const log::Survey survey, log::survey_directory(directory));
    const std::vector<index::SegmentKey> sealed = sealed_segments(survey.segments);
    const index::TermHasher hasher(log_.store);
    index::Index::SegmentReader read_segment = make_segment_reader(directory, hasher);
    UniqueFunction<void(std::uint64_t)> on_run = [&](std::uint64_t done) {
      progress_.update(done, sealed.size(), done);
    };
    ESKER_TRY(index::rebuild_runs(directory, log_.store, sealed, read_segment, on_run));
    return ok();
  }

  /// Hashes of events that have been cut must not be there when others get their positions.
  Result<void> repair_trees(io::Directory& directory) {
    ESKER_TRY(const proof::TreeReport trees, verify_trees(directory, log_, findings_, progress_));
    left_ += trees.faults;
    // As long as events are missing, the hashes are all that is left of them.
    if (report_.needs_cut) return ok();
    log::SetAside::Make make = [this, &directory] { return make_set_aside(directory); };
    log::SetAside set_aside(directory, make);
    UniqueFunction<void(const std::string&)> on_action = [this](const std::string& line) {
      findings_.line(verb(), line);
    };
    ESKER_TRY(const std::uint64_t cut,
              proof::cut_tree_files(directory, log_.store,
                                    {.last = report_.last, .dry_run = options_.dry_run}, set_aside,
                                    on_action));
    other_actions_ += cut;
    return ok();
  }

  Result<void> verify_again(io::Directory& directory) {
    log::VerifyCallbacks callbacks = findings_.callbacks();
    callbacks.on_note = [](const log::Finding&) {};
    callbacks.on_fault = [](const log::Finding&) {};
    ESKER_TRY(log_, log::verify_log(directory, callbacks));
    left_ = log_.faults;
    return ok();
  }

  void print_summary() {
    std::string& out = output_.text();
    if (options_.json) {
      JsonObject object(out);
      object.add("kind", "summary");
      object.add("faults", report_.found.faults);
      object.add("actions", actions());
      object.add("needs_cut", report_.needs_cut);
      object.add("cut", report_.cut);
      object.add("dry_run", options_.dry_run);
      object.add("faults_left", left_);
      object.add("last_position", report_.last.value());
      object.end();
      out += '\n';
      return;
    }
    if (report_.needs_cut) {
      out +=
          "events are damaged or missing: --cut ends the log before the first loss and sets "
          "aside what is behind; restore a backup if there is one\n";
    } else if (actions() == 0) {
      out += "nothing to repair\n";
    } else if (options_.dry_run) {
      out += "nothing has been changed; the log would end with position " +
             std::to_string(report_.last.value()) + "\n";
    } else {
      out += "repaired; the log ends with position " + std::to_string(report_.last.value()) + "\n";
    }
    if (left_ > 0) out += std::to_string(left_) + " faults are left: es-tool verify names them\n";
  }

  const EsToolOptions& options_;
  Output& output_;
  Progress progress_;
  Findings findings_;
  std::string set_aside_path_;  // once something has been set aside
  log::RepairReport report_;
  log::VerifyReport log_;  // as it is now
  std::uint64_t other_actions_ = 0;
  std::uint64_t left_ = 0;  // faults after the repair
};

}  // namespace

Result<ExitCode> run_repair(const EsToolOptions& options, Output& output) {
  return RepairCommand(options, output).run();
}

}  // namespace esker::tools
