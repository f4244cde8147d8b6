#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <map>
#include <vector>

#include "common/number_text.hpp"
#include "common/progress.hpp"
#include "common/utc_time.hpp"
#include "es_tool/commands.hpp"
#include "es_tool/json_object.hpp"
#include "es_tool/offline_store.hpp"
#include "index/index_stats.hpp"
#include "index/run.hpp"

namespace esker::tools {
namespace {

constexpr io::Site kOpenRun{"tool.stats_open"};
constexpr io::Site kOpenTree{"tool.stats_open_tree"};
constexpr io::Site kSizeOfTree{"tool.stats_size_of_tree"};

/// Types are counted by name up to so many, and the rest together: a store may have one type for each event.
constexpr std::size_t kTypesMax = 10'000;
constexpr std::size_t kTypesShown = 20;

struct TermHash {
  std::size_t operator()(const index::Term& term) const { return term.low; }
};

struct Stats {
  std::uint64_t segments = 0;
  std::uint64_t sealed = 0;
  std::uint64_t file_bytes = 0;  ///< Of the segments as they were written.
  std::uint64_t compressed = 0;
  std::uint64_t compressed_bytes = 0;   ///< What the compressed ones were,
  std::uint64_t compressed_stored = 0;  ///< and what they are.
  std::uint64_t record_bytes = 0;
  std::uint64_t data_bytes = 0;
  std::uint64_t metadata_bytes = 0;
  std::uint64_t events = 0;
  std::uint64_t commits = 0;
  index::IndexStats index;
  std::uint64_t damaged_runs = 0;  ///< Not among the others.
  std::uint64_t tree_files = 0;
  std::uint64_t tree_bytes = 0;
  Position last;  ///< Of the last whole commit.
  SegmentId last_segment;
  FileOffset last_end;
  Timestamp first_time;
  Timestamp last_time;
  boost::unordered_flat_set<index::Term, TermHash> streams;
  std::map<std::string, std::uint64_t, std::less<>> types;
  std::uint64_t other_types_events = 0;
};

class Counter {
 public:
  Counter(const log::Survey& survey, io::Directory& directory)
      : survey_(survey), directory_(directory), hasher_(survey.store.value_or(Uuid())) {}

  Result<Stats> count() {
    Progress progress("counting", "MiB");
    std::uint64_t total = 0;
    for (const log::SurveyedSegment& segment : survey_.segments) total += segment.bytes;
    for (const log::SurveyedSegment& segment : survey_.segments) {
      ++stats_.segments;
      stats_.sealed += segment.footer ? 1 : 0;
      if (segment.header) {
        UniqueFunction<bool(const log::WalkStep&)> on_step = [&](const log::WalkStep& step) {
          take(segment, step);
          const std::uint64_t done = stats_.file_bytes + step.begin.value();
          if (stats_.events % 1024 == 0) progress.update(done, total, done >> 20);
          return true;
        };
        ESKER_TRY(walk_segment(directory_, segment, on_step));
      }
      stats_.file_bytes += segment.bytes;
      if (!segment.compressed) continue;
      ++stats_.compressed;
      stats_.compressed_bytes += segment.bytes;
      stats_.compressed_stored += segment.stored_bytes;
    }
    ESKER_TRY(count_runs());
    ESKER_TRY(count_trees());
    return std::move(stats_);
  }

 private:
  void take(const log::SurveyedSegment& segment, const log::WalkStep& step) {
    if (step.kind != log::WalkStep::Kind::record) return;
    const format::RecordView& record = step.record;
    stats_.record_bytes += record.padded_bytes();
    if (!record.released) count_event(record);
    if (!record.commit_end) return;
    ++stats_.commits;
    stats_.last = record.end().previous();
    stats_.last_time = record.time;
    stats_.last_segment = segment.ids.last;
    stats_.last_end = step.end;
  }

  void count_event(const format::RecordView& record) {
    ++stats_.events;
    stats_.data_bytes += record.data.size();
    stats_.metadata_bytes += record.metadata.size();
    if (stats_.first_time == Timestamp()) stats_.first_time = record.time;
    stats_.streams.insert(hasher_.stream(record.stream));
    count_type(record.type);
  }

  void count_type(std::string_view type) {
    if (const auto known = stats_.types.find(type); known != stats_.types.end()) {
      ++known->second;
    } else if (stats_.types.size() < kTypesMax) {
      stats_.types.emplace(type, 1);
    } else {
      ++stats_.other_types_events;
    }
  }

  Result<void> count_runs() {
    for (const std::string& name : survey_.runs) {
      ESKER_TRY(const std::unique_ptr<io::File> file,
                directory_.open(name, io::OpenMode::read_only, kOpenRun));
      const Result<index::RunFooter> footer = index::Run::read_footer(*file);
      if (footer) {
        index::count_run(stats_.index, footer.assume_value(), index::IndexOptions().merge_fan_out);
      } else if (footer.assume_error().code() == Errc::io_error) {
        return footer.assume_error().clone();
      } else {
        ++stats_.damaged_runs;
      }
    }
    return ok();
  }

  Result<void> count_trees() {
    for (const std::string& name : survey_.trees) {
      ESKER_TRY(const std::unique_ptr<io::File> file,
                directory_.open(name, io::OpenMode::read_only, kOpenTree));
      ESKER_TRY(const std::uint64_t bytes, file->size(kSizeOfTree));
      ++stats_.tree_files;
      stats_.tree_bytes += bytes;
    }
    return ok();
  }

  const log::Survey& survey_;
  io::Directory& directory_;
  const index::TermHasher hasher_;
  Stats stats_;
};

void print_json(std::string& out, const log::Survey& survey, const Stats& stats) {
  JsonObject object(out);
  object.add("store", survey.store.value_or(Uuid()).to_string());
  object.add("segments", stats.segments);
  object.add("sealed_segments", stats.sealed);
  object.add("file_bytes", stats.file_bytes);
  object.add("compressed_segments", stats.compressed);
  object.add("compressed_bytes_before", stats.compressed_bytes);
  object.add("compressed_bytes", stats.compressed_stored);
  object.add("events", stats.events);
  object.add("commits", stats.commits);
  object.add("streams", stats.streams.size());
  object.add("record_bytes", stats.record_bytes);
  object.add("data_bytes", stats.data_bytes);
  object.add("metadata_bytes", stats.metadata_bytes);
  object.add("index_files", stats.index.runs);
  object.add("index_files_damaged", stats.damaged_runs);
  object.add("index_bytes", stats.index.run_bytes);
  object.add("index_filter_bytes", stats.index.filter_bytes);
  object.add("index_terms", stats.index.run_terms);
  object.add("tree_files", stats.tree_files);
  object.add("tree_bytes", stats.tree_bytes);
  JsonObject levels = object.object("index_files_of_level");
  for (std::size_t level = 0; level < stats.index.runs_of_level.size(); ++level) {
    levels.add(std::to_string(level), stats.index.runs_of_level[level]);
  }
  levels.end();
  object.add("last_position", stats.last.value());
  if (stats.last != Position()) {
    object.add("first_time", to_rfc3339(stats.first_time));
    object.add("last_time", to_rfc3339(stats.last_time));
    object.add("end_segment", stats.last_segment.value());
    object.add("end_offset", stats.last_end.value());
  }
  if (survey.watermark) {
    JsonObject watermark = object.object("watermark");
    watermark.add("position", survey.watermark->position.value());
    watermark.add("segment", survey.watermark->segment.value());
    watermark.add("offset", survey.watermark->offset.value());
    watermark.add("incarnation", survey.watermark->incarnation.value());
    watermark.add("clean", survey.watermark->clean);
    watermark.end();
  }
  JsonObject types = object.object("types");
  for (const auto& [type, events] : stats.types) types.add(type, events);
  types.end();
  if (stats.other_types_events > 0) object.add("events_of_other_types", stats.other_types_events);
  object.end();
  out += '\n';
}

void print_types(std::string& out, const Stats& stats) {
  std::vector<std::pair<std::string_view, std::uint64_t>> types(stats.types.begin(),
                                                                stats.types.end());
  std::ranges::stable_sort(types, std::ranges::greater(),
                           [](const auto& type) { return type.second; });
  out += "types        " + with_separators(types.size()) +
         (stats.other_types_events > 0 ? " and more\n" : "\n");
  for (std::size_t i = 0; i < std::min(types.size(), kTypesShown); ++i) {
    std::string name;
    append_json_string(name, types[i].first);
    out += "  " + with_separators(types[i].second) + "  " + name + "\n";
  }
  if (types.size() > kTypesShown) out += "  … (--json has all)\n";
}

void print_index(std::string& out, const Stats& stats) {
  const index::IndexStats& index = stats.index;
  out += "index        " + counted(index.runs, "file") + ", " + as_bytes_text(index.run_bytes);
  if (index.run_terms > 0) {
    out += ", " + filter_bits_text(index.filter_bytes, index.run_terms) + "; files by level:";
    for (const std::uint64_t runs : index.runs_of_level) out += " " + std::to_string(runs);
  }
  if (stats.damaged_runs > 0) {
    out +=
        "; " + std::to_string(stats.damaged_runs) + " damaged, made again when the store is opened";
  }
  out += "\n";
}

void print_text(std::string& out, const log::Survey& survey, const Stats& stats) {
  out += "store        " + survey.store.value_or(Uuid()).to_string() + "\n";
  out += "segments     " + with_separators(stats.segments) + ", " + with_separators(stats.sealed) +
         " sealed, " + as_bytes_text(stats.file_bytes) + "\n";
  if (stats.compressed > 0) {
    out += "compressed   " + with_separators(stats.compressed) + ", " +
           as_bytes_text(stats.compressed_bytes) + " in " + as_bytes_text(stats.compressed_stored) +
           "\n";
  }
  out += "events       " + with_separators(stats.events) + " in " +
         counted(stats.commits, "commit") + ", " + as_bytes_text(stats.record_bytes) + " (data " +
         as_bytes_text(stats.data_bytes) + ", metadata " + as_bytes_text(stats.metadata_bytes) +
         ")\n";
  out += "streams      " + with_separators(stats.streams.size()) + "\n";
  print_index(out, stats);
  if (stats.tree_files > 0) {
    out += "tree         " + counted(stats.tree_files, "file") + ", " +
           as_bytes_text(stats.tree_bytes) + "\n";
  }
  if (stats.last != Position()) {
    out += "end          position " + std::to_string(stats.last.value()) + " of " +
           to_rfc3339(stats.last_time) + ", segment " + std::to_string(stats.last_segment.value()) +
           " at offset " + std::to_string(stats.last_end.value()) + "\n";
    out += "begin        " + to_rfc3339(stats.first_time) + "\n";
  }
  if (survey.watermark) {
    const format::Watermark& watermark = *survey.watermark;
    out += "watermark    position " + std::to_string(watermark.position.value()) + ", segment " +
           std::to_string(watermark.segment.value()) + " at offset " +
           std::to_string(watermark.offset.value()) + ", incarnation " +
           std::to_string(watermark.incarnation.value()) +
           (watermark.clean ? ", closed in order\n" : ", not closed in order\n");
  } else {
    out += "watermark    missing or damaged\n";
  }
  print_types(out, stats);
}

}  // namespace

Result<ExitCode> run_stats(const EsToolOptions& options, Output& output) {
  ESKER_TRY(const OfflineStore store, OfflineStore::open(options.directory));
  ESKER_TRY(const log::Survey survey, log::survey_directory(store.directory()));
  ESKER_TRY(const Stats stats, Counter(survey, store.directory()).count());
  if (options.json) {
    print_json(output.text(), survey, stats);
  } else {
    print_text(output.text(), survey, stats);
  }
  return ExitCode::done;
}

}  // namespace esker::tools
