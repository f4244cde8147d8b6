#include "log/verify.hpp"

#include <algorithm>
#include <utility>

#include "log/record_walk.hpp"
#include "log/segment_check.hpp"

namespace esker::log {
namespace {

/// Progress is told after so many bytes.
constexpr std::uint64_t kProgressBytes = 4 << 20;

class LogVerifier {
 public:
  LogVerifier(io::Directory& directory, VerifyCallbacks& callbacks)
      : directory_(directory), callbacks_(callbacks) {}

  Result<VerifyReport> verify() {
    ESKER_TRY(take_survey());
    take_watermark();
    ESKER_TRY(find_begun());
    for (std::size_t i = 0; i < report_.segments.size(); ++i) {
      ESKER_TRY(verify_segment(i));
    }
    check_watermark();
    note_names();
    report_.streams = log_.versions.streams();
    report_.bytes = done_;
    return std::move(report_);
  }

 private:
  Result<void> take_survey() {
    ESKER_TRY(survey_, survey_directory(directory_));
    if (survey_.segments.empty()) {
      return Error(Errc::not_found, directory_.path() + ": there is no store");
    }
    report_.store = survey_.store.value_or(Uuid());
    for (SurveyedSegment& segment : survey_.segments) {
      for (const Finding& fault : segment.faults) tell_fault(fault);
      if (segment.header) {
        report_.incarnation = std::max(report_.incarnation, segment.header->incarnation);
        total_ += segment.end().value();
      }
      report_.segments.emplace_back().file = std::move(segment);
    }
    report_.watermark_there = survey_.watermark_there;
    report_.leftovers = survey_.leftovers;
    report_.superseded = survey_.superseded;
    report_.runs = survey_.runs;
    return ok();
  }

  void take_watermark() {
    const std::optional<format::Watermark>& watermark = survey_.watermark;
    if (!watermark || watermark->store != report_.store) return;
    report_.watermark = watermark;
    report_.incarnation = std::max(report_.incarnation, watermark->incarnation);
    log_.watermark = watermark->position;
  }

  /// The last segment with a record: those before it were durable when it was begun (R1).
  Result<void> find_begun() {
    for (begun_ = report_.segments.size(); begun_ > 0; --begun_) {
      const SurveyedSegment& segment = report_.segments[begun_ - 1].file;
      if (!segment.header) continue;
      if (segment.footer) break;
      Result<bool> record = has_record(segment);
      // A segment that cannot be read is told of when its turn comes.
      if (!record || record.assume_value()) break;
    }
    for (std::size_t i = 0; i < begun_; ++i) report_.segments[i].begun = true;
    return ok();
  }

  Result<bool> has_record(const SurveyedSegment& segment) {
    ESKER_TRY(const std::unique_ptr<io::File> file, open_surveyed(directory_, segment));
    RecordWalk walk(*file, *segment.header, segment.end());
    ESKER_TRY(const WalkStep step, walk.next());
    return step.kind != WalkStep::Kind::end;
  }

  Result<void> verify_segment(std::size_t i) {
    SegmentVerdict& verdict = report_.segments[i];
    verdict.sealed = verdict.file.footer.has_value();
    if (verdict.file.gap_before) {
      log_.gap();
      log_.previous = nullptr;
    }
    if (!verdict.file.header) {
      verdict.lost = true;
      log_.gap();
      log_.previous = nullptr;
      return ok();
    }
    Result<void> read = read_segment(i);
    if (!read) {
      const Error& error = read.assume_error();
      if (error.code() != Errc::io_error && error.code() != Errc::corrupt) return read;
      verdict.lost = true;
      tell_fault({verdict.file.path, reached_, "cannot be read any further: " + error.message()});
      log_.gap();
    }
    log_.previous = &verdict;
    done_before_ += verdict.file.end().value();
    tell_progress(FileOffset());
    return ok();
  }

  Result<void> read_segment(std::size_t i) {
    SegmentVerdict& verdict = report_.segments[i];
    reached_ = FileOffset();
    ESKER_TRY(const std::unique_ptr<io::File> file, open_surveyed(directory_, verdict.file));
    const bool proven = verdict.sealed || i + 1 < begun_;
    SegmentCheck check(*file, verdict, log_, report_, callbacks_, proven);
    check.on_offset([this](FileOffset offset) {
      if (offset < reached_.plus(kProgressBytes)) return;
      reached_ = offset;
      tell_progress(offset);
    });
    return check.run();
  }

  void check_watermark() {
    if (report_.watermark) return check_watermark_place();
    report_.watermark_damaged = true;
    std::string reason;
    if (survey_.watermark) {
      reason =
          "the watermark belongs to another store (" + survey_.watermark->store.to_string() + ")";
    } else if (survey_.watermark_error) {
      reason = survey_.watermark_error->message();
    } else if (report_.last == Position()) {
      // What a stop leaves that came between the first segment and the first watermark.
      return note(std::string(format::kWatermarkFileName),
                  "not there yet; opening the store makes it");
    } else if (survey_.watermark_there) {
      reason = "the watermark is damaged: none of its slots is intact";
    } else {
      reason = "the watermark is missing";
    }
    tell_fault({directory_.path() + "/" + std::string(format::kWatermarkFileName), FileOffset(),
                std::move(reason)});
  }

  /// What the watermark says must be there (R5 c). When records are known to be missing already, that has been told.
  void check_watermark_place() {
    SegmentVerdict& end = report_.segments[begun_ == 0 ? 0 : begun_ - 1];
    const bool all_there = std::none_of(report_.segments.begin(), report_.segments.end(),
                                        [](const SegmentVerdict& verdict) { return verdict.lost; });
    if (!all_there || report_.watermark->position <= report_.last) return;
    end.lost = true;
    tell_fault({end.file.path, end.records_end,
                "the log ends here with position " + std::to_string(report_.last.value()) +
                    ", and the watermark proves that it went on to " +
                    std::to_string(report_.watermark->position.value())});
  }

  void note_names() {
    for (const std::string& name : survey_.leftovers) {
      note(name, "left over by a stop: never part of the store");
    }
    for (const std::string& name : survey_.superseded) {
      note(name, "another segment file has taken its place; opening the store removes it");
    }
    for (const std::string& name : survey_.set_aside) {
      note(name, "set aside by a repair");
    }
    for (const std::string& name : survey_.unknown) note(name, "not a file of this store");
    for (const SegmentVerdict& verdict : report_.segments) {
      const SurveyedSegment& file = verdict.file;
      if (!file.header || file.bytes <= file.header->file_bytes) continue;
      callbacks_.on_note({file.path, FileOffset(file.header->file_bytes),
                          std::to_string(file.bytes - file.header->file_bytes) +
                              " bytes behind the segment's end, which nothing reads"});
    }
  }

  void note(const std::string& name, std::string reason) {
    callbacks_.on_note({directory_.path() + "/" + name, FileOffset(), std::move(reason)});
  }

  void tell_fault(const Finding& fault) {
    ++report_.faults;
    callbacks_.on_fault(fault);
  }

  void tell_progress(FileOffset offset) {
    done_ = done_before_ + offset.value();
    callbacks_.on_progress(done_, total_);
  }

  io::Directory& directory_;
  VerifyCallbacks& callbacks_;
  Survey survey_;
  VerifyReport report_;
  LogSoFar log_;
  std::size_t begun_ = 0;  // segments before this index have been begun
  FileOffset reached_;     // in the segment being read
  std::uint64_t done_before_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

Result<VerifyReport> verify_log(io::Directory& directory, VerifyCallbacks& callbacks) {
  return LogVerifier(directory, callbacks).verify();
}

}  // namespace esker::log
