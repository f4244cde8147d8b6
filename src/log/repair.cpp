#include "log/repair.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "log/copy_segment.hpp"
#include "log/own_file.hpp"
#include "log/preparation.hpp"
#include "log/scan.hpp"
#include "log/sealing.hpp"
#include "log/segment.hpp"
#include "log/set_aside.hpp"
#include "log/watermark_file.hpp"

namespace esker::log {
namespace {

constexpr io::Site kOpen{"log.repair_open"};
constexpr io::Site kGrow{"log.repair_grow"};
constexpr io::Site kZero{"log.repair_zero"};
constexpr io::Site kZeroFooter{"log.repair_zero_footer"};
constexpr io::Site kRead{"log.repair_read"};
constexpr io::Site kRewrite{"log.repair_rewrite"};
constexpr io::Site kSync{"log.repair_sync"};
constexpr io::Site kRename{"log.repair_rename"};
constexpr io::Site kRemove{"log.repair_remove"};
constexpr io::Site kSyncDirectory{"log.repair_sync_directory"};

constexpr std::uint64_t kPieceBytes = 1 << 20;

/// As in recovery: opens that only the lost watermark knew of are left out.
constexpr std::uint64_t kIncarnationGap = 1ULL << 32;

Result<void> write_zeros(io::File& file, FileOffset begin, FileOffset end) {
  const std::vector<std::byte> zeros(kPieceBytes);
  for (std::uint64_t at = begin.value(); at < end.value(); at += kPieceBytes) {
    const auto piece = std::span(zeros).first(std::min(kPieceBytes, end.value() - at));
    ESKER_TRY(file.write_at(FileOffset(at), piece, kZero));
  }
  return ok();
}

class Repair {
 public:
  Repair(io::Directory& directory, const RepairOptions& options, RepairCallbacks& callbacks)
      : directory_(directory),
        options_(options),
        callbacks_(callbacks),
        set_aside_(directory, callbacks.make_set_aside) {}

  Result<RepairReport> repair() {
    ESKER_TRY(report_.found, verify_log(directory_, callbacks_.verify));
    find_loss();
    for (const std::string& name : report_.found.leftovers) {
      ESKER_TRY(remove_file(name, "removed; it was never part of the store"));
    }
    for (std::size_t i = 0; i < std::min(loss_, segments().size()); ++i) {
      if (!segments()[i].tail_damaged) continue;
      ESKER_TRY(mend_tail(i));
    }
    const bool lost = loss_ < segments().size();
    report_.needs_cut = lost && !options_.cut;
    // As long as events are missing, a fresh watermark would hide it.
    if (report_.needs_cut) return std::move(report_);
    // What a merged segment was made of may be all that is left of its records.
    for (const std::string& name : report_.found.superseded) {
      if (lost && !options_.dry_run) {
        ESKER_TRY(set_aside_.copy_file(name));
      }
      ESKER_TRY(remove_file(name, lost ? "set aside" : "removed; another one has taken its place"));
    }
    if (lost) {
      ESKER_TRY(cut());
    }
    kept_ = lost ? loss_ + (keeps_part() ? 1 : 0) : segments().size();
    if (lost || report_.found.watermark_damaged) {
      ESKER_TRY(act(directory_.path() + "/watermark: written anew, with position " +
                        std::to_string(end_of_log().last().value()) + " as the log's end",
                    [this] { return write_watermark(); }));
    }
    report_.last = end_of_log().records > 0 ? end_of_log().last() : Position();
    return std::move(report_);
  }

 private:
  [[nodiscard]] const std::vector<SegmentVerdict>& segments() const {
    return report_.found.segments;
  }

  template <class Do>
  Result<void> act(const std::string& line, Do action) {
    if (!options_.dry_run) {
      ESKER_TRY(action());
    }
    ++report_.actions;
    callbacks_.on_action(line);
    return ok();
  }

  void find_loss() {
    const auto lost = [](const SegmentVerdict& verdict) {
      return verdict.lost || verdict.file.gap_before;
    };
    loss_ = static_cast<std::size_t>(std::find_if(segments().begin(), segments().end(), lost) -
                                     segments().begin());
  }

  /// Whether the segment with the loss has a beginning that can stay.
  [[nodiscard]] bool keeps_part() const {
    const SegmentVerdict& verdict = segments()[loss_];
    return verdict.file.header && !verdict.file.gap_before;
  }

  /// The segment where the log ends after the repair.
  [[nodiscard]] const SegmentVerdict& end_of_log() const {
    for (std::size_t i = kept_; i-- > 1;) {
      if (segments()[i].records > 0) return segments()[i];
    }
    return segments().front();
  }

  Result<void> remove_file(const std::string& name, std::string_view what) {
    return act(directory_.path() + "/" + name + ": " + std::string(what), [&]() -> Result<void> {
      ESKER_TRY(directory_.remove(name, kRemove));
      return directory_.sync(kSyncDirectory);
    });
  }

  /// Everything behind the records is made anew.
  Result<void> mend_tail(std::size_t i) {
    const SegmentVerdict& verdict = segments()[i];
    const bool seal = verdict.sealed || verdict.file.ids.several() ||
                      (i + 1 < segments().size() && segments()[i + 1].begun);
    return act(verdict.file.path + ": " +
                   (seal ? "offset table and footer made again from the records"
                         : "zeroed behind the last record"),
               [&]() -> Result<void> {
                 ESKER_TRY(set_aside_.copy_tail(verdict.file.name, verdict.records_end));
                 ESKER_TRY(clear_tail(verdict));
                 return seal ? seal_again(verdict) : ok();
               });
  }

  /// Grows a file to its length, and zeroes what is behind its records. The footer goes first: without it nobody takes the
  /// records behind the cut for granted when this is interrupted.
  Result<void> clear_tail(const SegmentVerdict& verdict) {
    const FileOffset end(verdict.file.header->file_bytes);
    ESKER_TRY(own_file(directory_, verdict.file.name));
    ESKER_TRY(const std::unique_ptr<io::File> file,
              directory_.open(verdict.file.name, io::OpenMode::read_write, kOpen));
    if (verdict.file.short_file()) {
      ESKER_TRY(file->resize(end.value(), kGrow));
    } else {
      const std::vector<std::byte> zeros(format::kSegmentFooterBytes);
      ESKER_TRY(file->write_at(FileOffset(end.value() - zeros.size()), zeros, kZeroFooter));
    }
    ESKER_TRY(file->sync_all(kSync));
    ESKER_TRY(write_zeros(*file, verdict.records_end, end));
    return file->sync_data(kSync);
  }

  Result<void> seal_again(const SegmentVerdict& verdict) {
    ESKER_TRY(std::unique_ptr<io::File> file,
              directory_.open(verdict.file.name, io::OpenMode::read_write, kOpen));
    OnRecord nothing = [](const format::RecordView&, FileOffset) {};
    ESKER_TRY(const SegmentScan scan,
              scan_segment(*file, *verdict.file.header, verdict.first, verdict.records, nothing));
    return log::seal_again(directory_, std::move(file), *verdict.file.header, scan);
  }

  /// Ends the log before the first loss. All copies are durable before anything is changed; the files go last to first, so that what an
  /// interruption leaves is still a log with its damage at the end.
  Result<void> cut() {
    if (loss_ == 0 && !keeps_part()) {
      return Error(Errc::corrupt, directory_.path() +
                                      ": nothing would be left of the log, since its first segment "
                                      "cannot be read: restore a backup");
    }
    const std::size_t first_removed = loss_ + (keeps_part() ? 1 : 0);
    if (!options_.dry_run) {
      ESKER_TRY(copy_what_goes(first_removed));
    }
    for (std::size_t i = segments().size(); i-- > first_removed;) {
      ESKER_TRY(remove_segment(segments()[i]));
    }
    if (keeps_part()) {
      ESKER_TRY(cut_segment(segments()[loss_]));
    }
    report_.cut = true;
    return ok();
  }

  Result<void> copy_what_goes(std::size_t first_removed) {
    if (first_removed > loss_) {
      ESKER_TRY(set_aside_.copy_tail(segments()[loss_].file.name, segments()[loss_].records_end));
    }
    for (std::size_t i = first_removed; i < segments().size(); ++i) {
      ESKER_TRY(set_aside_.copy_file(segments()[i].file.name));
    }
    return ok();
  }

  Result<void> remove_segment(const SegmentVerdict& verdict) {
    return act(verdict.file.path + ": set aside", [&]() -> Result<void> {
      ESKER_TRY(directory_.remove(verdict.file.name, kRemove));
      return directory_.sync(kSyncDirectory);
    });
  }

  Result<void> cut_segment(const SegmentVerdict& verdict) {
    const std::optional<format::SegmentFooter>& footer = verdict.file.footer;
    // What is lost may be only what should come after the segment.
    if (footer && footer->records_end == verdict.records_end && !verdict.tail_damaged) return ok();
    return act(
        verdict.file.path + ": cut at offset " + std::to_string(verdict.records_end.value()) +
            ", behind position " + std::to_string(verdict.last().value()) +
            "; what was behind is set aside",
        [&] { return verdict.file.ids.several() ? copy_beginning(verdict) : clear_tail(verdict); });
  }

  /// Of a merged segment parts are lost, and with them goes its name: another file takes its place.
  Result<void> copy_beginning(const SegmentVerdict& verdict) {
    SegmentFile segment;
    segment.header = *verdict.file.header;
    segment.path = verdict.file.path;
    format::SegmentHeader header = segment.header;
    std::erase_if(header.parts, [&](const auto& part) { return part.first >= verdict.end(); });
    if (header.parts.size() == 1) header.parts.clear();
    const std::uint64_t bytes =
        verdict.records == 0 ? 0 : verdict.records_end.value() - format::kSegmentHeaderBytes;
    ESKER_TRY(header.file_bytes, next_segment_bytes(0, 0, 0, bytes, verdict.records));
    const std::string temporary = header.file_name() + std::string(format::kTemporarySuffix);
    OnBytes nothing = [](std::uint64_t) {};
    ESKER_TRY(const std::unique_ptr<io::File> from, open_surveyed(directory_, verdict.file));
    ESKER_TRY(copy_records(*from, segment, verdict.records, header,
                           verdict.records == 0 ? CopySeal::no : CopySeal::yes, directory_,
                           temporary, nothing));
    ESKER_TRY(directory_.rename(temporary, header.file_name(), kRename));
    ESKER_TRY(directory_.sync(kSyncDirectory));
    if (header.file_name() == verdict.file.name) return ok();  // a beginning of each part is left
    ESKER_TRY(directory_.remove(verdict.file.name, kRemove));
    cut_file_ = header.file_name();
    return directory_.sync(kSyncDirectory);
  }

  Result<void> write_watermark() {
    const SegmentVerdict& end = end_of_log();
    ESKER_TRY(rewrite(end));
    format::Watermark watermark;
    watermark.store = report_.found.store;
    watermark.incarnation = report_.found.incarnation;
    if (!report_.found.watermark)
      watermark.incarnation = watermark.incarnation.plus(kIncarnationGap);
    watermark.segment = end.file.ids.last;
    watermark.offset = end.records_end;
    watermark.position = end.records > 0 ? end.last() : Position();
    ESKER_TRY(WatermarkFile file, usable_watermark_file());
    ESKER_TRY(file.write(watermark));
    ESKER_TRY(file.sync());
    return directory_.sync(kSyncDirectory);
  }

  /// The file that is there, kept aside as evidence; another when that one cannot be used.
  Result<WatermarkFile> usable_watermark_file() {
    if (report_.found.watermark_there) {
      ESKER_TRY(set_aside_.copy_file(format::kWatermarkFileName));
    }
    if (report_.found.watermark_there && !report_.found.watermark) {
      ESKER_TRY(directory_.remove(format::kWatermarkFileName, kRemove));
    }
    ESKER_TRY(WatermarkFile file, WatermarkFile::open(directory_));
    if (file.missing()) {
      ESKER_TRY(file.create(directory_));
    }
    return file;
  }

  /// What was read may be in the page cache only (R3), and the watermark is about to say that it is durable.
  Result<void> rewrite(const SegmentVerdict& verdict) {
    const std::string& name = cut_file_ ? *cut_file_ : verdict.file.name;
    ESKER_TRY(own_file(directory_, name));
    ESKER_TRY(const std::unique_ptr<io::File> file,
              directory_.open(name, io::OpenMode::read_write, kOpen));
    std::vector<std::byte> piece;
    const std::uint64_t end = verdict.records_end.value();
    for (std::uint64_t at = format::kSegmentHeaderBytes; at < end; at += piece.size()) {
      piece.resize(std::min(kPieceBytes, end - at));
      ESKER_TRY(file->read_at(FileOffset(at), piece, kRead));
      ESKER_TRY(file->write_at(FileOffset(at), piece, kRewrite));
    }
    return file->sync_data(kSync);
  }

  io::Directory& directory_;
  const RepairOptions& options_;
  RepairCallbacks& callbacks_;
  SetAside set_aside_;
  RepairReport report_;
  std::size_t loss_ =
      0;  // the segment before whose end, or before which, the first loss is; the number of segments: none
  std::size_t kept_ = 0;  // so many segments stay
  std::optional<std::string>
      cut_file_;  // what has taken the place of the one that was cut, when that was merged
};

}  // namespace

Result<RepairReport> repair_log(io::Directory& directory, const RepairOptions& options,
                                RepairCallbacks& callbacks) {
  return Repair(directory, options, callbacks).repair();
}

}  // namespace esker::log
