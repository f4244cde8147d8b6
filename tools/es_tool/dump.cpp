#include "common/event_line.hpp"
#include "common/utc_time.hpp"
#include "es_tool/commands.hpp"
#include "es_tool/offline_store.hpp"

namespace esker::tools {
namespace {

std::string as_json_text(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return quoted;
}

/// Prints the records of one segment after another. Bad places are told on standard error.
class Dump {
 public:
  Dump(const EsToolOptions& options, Output& output) : options_(options), output_(output) {}

  Result<ExitCode> run() {
    ESKER_TRY(const OfflineStore store, OfflineStore::open(options_.directory));
    ESKER_TRY(const log::Survey survey, log::survey_directory(store.directory()));
    bool found = false;
    for (const log::SurveyedSegment& segment : survey.segments) {
      if (options_.segment != 0 && !segment.ids.contains(SegmentId(options_.segment))) continue;
      found = true;
      for (const log::Finding& fault : segment.faults) tell(fault.offset, fault.file, fault.reason);
      if (segment.footer_fault) {
        tell(FileOffset(segment.header->file_bytes - format::kSegmentFooterBytes), segment.path,
             *segment.footer_fault);
      }
      ESKER_TRY(dump_segment(store.directory(), segment));
      if (enough()) break;
    }
    if (found || options_.segment == 0) return damaged_ ? ExitCode::failed : ExitCode::done;
    return Error(Errc::not_found,
                 options_.directory + ": there is no segment " + std::to_string(options_.segment));
  }

 private:
  [[nodiscard]] bool enough() const { return printed_ >= options_.limit || output_.closed(); }

  Result<void> dump_segment(io::Directory& directory, const log::SurveyedSegment& segment) {
    if (!options_.json) print_segment(segment);
    if (!segment.header) return ok();
    if (segment.footer) {
      const Position end = segment.footer->first.plus(segment.footer->records);
      if (end.value() <= options_.from) return ok();
    }
    forget_commit();
    in_part_of_commit_ = false;
    Result<void> written = ok();
    UniqueFunction<bool(const log::WalkStep&)> on_step = [&](const log::WalkStep& step) {
      take(segment, step);
      written = output_.write_when_full();
      return written.has_value() && !enough();
    };
    ESKER_TRY(walk_segment(directory, segment, on_step));
    return written;
  }

  void take(const log::SurveyedSegment& segment, const log::WalkStep& step) {
    switch (step.kind) {
      case log::WalkStep::Kind::record:
        if (step.record.position.value() < options_.from) return;
        return options_.json ? take_json(step.record) : print_record(step);
      case log::WalkStep::Kind::gap:
        tell(step.begin, segment.path,
             std::string(format::describe(step.fault)) + "; goes on at offset " +
                 std::to_string(step.end.value()));
        begin_behind_gap(segment, step.end);
        return;
      case log::WalkStep::Kind::end:
        break;
    }
    const bool whole = segment.footer ? step.begin >= segment.footer->records_end
                                      : step.fault == format::RecordFault::end_of_log;
    if (!whole) tell(step.begin, segment.path, std::string(format::describe(step.fault)));
    if (lines_events_ > 0) {
      tell(step.begin, segment.path,
           "the last commit has no end; its " + std::to_string(lines_events_) +
               " records are left out");
    }
  }

  /// What lies behind a gap, up to the next end of a commit, may be a part of one that begins in the gap.
  void begin_behind_gap(const log::SurveyedSegment& segment, FileOffset end) {
    if (!options_.json) return;
    tell(end, segment.path,
         "records up to the end of their commit are left out, since it may begin before them");
    forget_commit();
    in_part_of_commit_ = true;
  }

  void forget_commit() {
    lines_.clear();
    lines_events_ = 0;
  }

  /// A commit is printed when it is whole.
  void take_json(const format::RecordView& record) {
    if (in_part_of_commit_) {
      in_part_of_commit_ = !record.commit_end;
      return;
    }
    if (!record.released) {
      writer_.append(lines_, record.event());
      ++lines_events_;
    }
    if (!record.commit_end) return;
    output_.text() += lines_;
    printed_ += lines_events_;
    forget_commit();
  }

  void print_segment(const log::SurveyedSegment& segment) {
    std::string& out = output_.text();
    out += "segment " + std::to_string(segment.ids.first.value());
    if (segment.ids.several()) out += " to " + std::to_string(segment.ids.last.value());
    out += "  " + segment.path + "  ";
    if (!segment.header) {
      out += "cannot be read\n";
      return;
    }
    const format::SegmentHeader& header = *segment.header;
    out += std::to_string(header.file_bytes) + " bytes  store " + header.store.to_string() +
           "  incarnation " + std::to_string(header.incarnation.value()) + "  created " +
           to_rfc3339(header.created);
    if (segment.footer) {
      const format::SegmentFooter& footer = *segment.footer;
      out += "  sealed with positions " + std::to_string(footer.first.value()) + " to " +
             std::to_string(footer.first.plus(footer.records).previous().value()) +
             ", up to offset " + std::to_string(footer.records_end.value());
    } else {
      out += "  not sealed";
    }
    out += '\n';
  }

  void print_record(const log::WalkStep& step) {
    const format::RecordView& record = step.record;
    std::string& out = output_.text();
    if (record.gap()) {
      out += "  " + std::to_string(step.begin.value()) + "  positions " +
             std::to_string(record.position.value()) + " to " +
             std::to_string(record.end().previous().value()) + " were released\n";
      return;
    }
    out += "  " + std::to_string(step.begin.value()) + "  position " +
           std::to_string(record.position.value()) + "  " + as_json_text(record.stream) +
           " version " + std::to_string(record.version.value()) + "  type " +
           as_json_text(record.type) + "  " + to_rfc3339(record.time) + "  id " +
           record.id.to_string() + "  data " + std::to_string(record.data.size()) + "  metadata " +
           std::to_string(record.metadata.size()) + "  bytes " +
           std::to_string(record.padded_bytes());
    if (!record.tags.empty()) out += "  tags " + std::to_string(record.tags.size());
    if (record.durable != Position()) {
      out += "  durable " + std::to_string(record.durable.value());
    }
    if (record.commit_end) out += "  commit end";
    if (record.released) out += "  released";
    out += '\n';
    if (options_.data) {
      for (const std::string_view tag : record.tags) print_bytes("tag", as_bytes(tag));
      print_bytes("data", record.data);
      print_bytes("metadata", record.metadata);
    }
    ++printed_;
  }

  void print_bytes(std::string_view name, std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    output_.text() += "    " + std::string(name) + " " + as_json_text(as_text(bytes)) + "\n";
  }

  void tell(FileOffset offset, const std::string& path, std::string_view reason) {
    damaged_ = true;
    print_error("es-tool",
                path + " at offset " + std::to_string(offset.value()) + ": " + std::string(reason));
  }

  const EsToolOptions& options_;
  Output& output_;
  EventLineWriter writer_;
  std::string lines_;  // of the commit that has begun
  std::uint64_t lines_events_ = 0;
  bool in_part_of_commit_ = false;  // the records that come are left out, as JSON
  std::uint64_t printed_ = 0;
  bool damaged_ = false;
};

}  // namespace

Result<ExitCode> run_dump(const EsToolOptions& options, Output& output) {
  return Dump(options, output).run();
}

}  // namespace esker::tools
