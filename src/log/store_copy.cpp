#include "log/store_copy.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "base/byte_order.hpp"
#include "log/copy_proof.hpp"
#include "log/copy_segment.hpp"
#include "log/preparation.hpp"
#include "log/unfinished.hpp"
#include "log/watermark_file.hpp"

namespace esker::log {
namespace {

constexpr io::Site kListTarget{"log.copy_list_target"};
constexpr io::Site kListSource{"log.copy_list_source"};
constexpr io::Site kOpen{"log.copy_open"};
constexpr io::Site kSize{"log.copy_size"};
constexpr io::Site kLink{"log.copy_link"};
constexpr io::Site kLinkBase{"log.copy_link_base"};
constexpr io::Site kRemoveMark{"log.copy_abandon_mark"};
constexpr io::Site kSyncDirectory{"log.copy_sync_directory"};

/// Derived files of a live source may be replaced while they are linked: so often their names are read again.
constexpr int kDerivedRounds = 3;

/// The highest incarnation that a copy is given while there is room below it.
constexpr std::uint64_t kIncarnationsExact = 1ULL << 53;

bool same_file(const SegmentFile& a, const SegmentFile& b) {
  return a.footer && b.footer &&
         format::encode_segment_header(a.header) == format::encode_segment_header(b.header) &&
         format::encode_segment_footer(*a.footer) == format::encode_segment_footer(*b.footer);
}

class StoreCopy {
 public:
  StoreCopy(io::Directory& source, io::Directory& target, io::Clock& clock,
            const CopyOptions& options, CopyCallbacks& callbacks)
      : from_(source),
        to_(target),
        clock_(clock),
        options_(options),
        callbacks_(callbacks),
        on_bytes_([this](std::uint64_t bytes) {
          report_.bytes_read += bytes;
          callbacks_.on_progress(report_.bytes_read, std::max(total_, report_.bytes_read));
        }) {}

  Result<CopyReport> run() {
    ESKER_TRY(report_.begun_again, check_copy_target(to_));
    ESKER_TRY(plan());
    Result<void> made = make();
    if (made) return report_;
    abandon();
    return std::move(made).assume_error();
  }

 private:
  /// Reads and decides; nothing has been written so far.
  Result<void> plan() {
    if (options_.source_locked) {
      ESKER_TRY(source_, read_closed_source(from_));
    } else {
      ESKER_TRY(source_, read_live_source(from_));
    }
    const Position wanted = options_.limit.position;
    if (wanted > source_.last && wanted != CopyLimit().position) {
      return Error(Errc::position_ahead, from_.path() + ": the log ends with position " +
                                             std::to_string(source_.last.value()) + ", before " +
                                             std::to_string(wanted.value()) +
                                             ": give a position up to that");
    }
    ESKER_TRY(cut_, find_cut(from_, source_, options_.limit));
    if (!options_.source_locked) {
      ESKER_TRY(prove_durable(from_, clock_, source_, cut_.last, callbacks_.wait));
    }
    report_.store = source_.store;
    report_.source_last = source_.last;
    report_.last = cut_.last;
    report_.last_time = cut_.time;
    report_.incarnation = copy_incarnation(source_.incarnation, options_.random());
    report_.segments = cut_.whole_segments + 1;
    total_ = cut_.bytes;
    for (std::size_t i = 0; i < cut_.whole_segments; ++i) {
      if (options_.verify) total_ += source_.segments[i].header.file_bytes;
    }
    return ok();
  }

  Result<void> make() {
    ESKER_TRY(begin_unfinished(to_, "This directory is being made a copy of the store in " +
                                        from_.path() + " by es-tool, and is not one yet.\n"));
    if (report_.begun_again) {
      ESKER_TRY(clear_unfinished(to_));
    }
    for (std::size_t i = 0; i < cut_.whole_segments; ++i) {
      ESKER_TRY(take_segment(i));
    }
    ESKER_TRY(write_last_segment());
    ESKER_TRY(take_derived_files());
    if (callbacks_.other_files) {
      ESKER_TRY(callbacks_.other_files(report_));
    }
    ESKER_TRY(to_.sync(kSyncDirectory));
    ESKER_TRY(write_watermark());
    return end_unfinished(to_);
  }

  /// What has been made so far is not worth anything.
  void abandon() {
    if (!clear_unfinished(to_)) return;  // the mark stays, so that nobody takes it for a store
    if (!to_.sync(kSyncDirectory)) return;
    const Result<void> removed = to_.remove(kUnfinishedName, kRemoveMark);
    if (!removed) return;
  }

  Result<void> take_segment(std::size_t i) {
    const SegmentFile& segment = source_.segments[i];
    const std::string name = segment.header.file_name();
    if (!segment.footer) {
      const SegmentScan& scan = source_.scans[i];
      add_copied(segment.header, scan.first, scan.committed_last().next());
      report_.bytes_copied += segment.header.file_bytes;
      return copy_records(*segment.file, segment, scan.committed, segment.header, CopySeal::yes,
                          to_, name, on_bytes_);
    }
    const format::SegmentFooter& footer = *segment.footer;
    add_copied(segment.header, footer.first, footer.first.plus(footer.records));
    ESKER_TRY(const bool linked, link_segment(segment, name));
    if (linked) return ok();
    ESKER_TRY(const SegmentFile opened, open_same(from_, segment));
    if (opened.compressed) return take_compressed(segment, name);
    ESKER_TRY(const bool shared, share(*opened.file, name));
    if (shared) {
      report_.bytes_shared += segment.header.file_bytes;
      return check(segment);
    }
    report_.bytes_copied += segment.header.file_bytes;
    return copy_file(*opened.file, segment.header.file_bytes, options_.verify ? &segment : nullptr,
                     to_, name, on_bytes_);
  }

  /// The stored bytes as they are; what they stand for is checked in the copy.
  Result<void> take_compressed(const SegmentFile& segment, const std::string& name) {
    ESKER_TRY(const std::unique_ptr<io::File> file,
              from_.open(name, io::OpenMode::read_only, kOpen));
    ESKER_TRY(const std::uint64_t bytes, file->size(kSize));
    ESKER_TRY(const bool shared, share(*file, name));
    if (shared) {
      report_.bytes_shared += bytes;
    } else {
      report_.bytes_copied += bytes;
      ESKER_TRY(copy_file(*file, bytes, nullptr, to_, name, on_bytes_));
    }
    return check(segment);
  }

  void add_copied(const format::SegmentHeader& header, Position first, Position end) {
    for (const format::SegmentKey& key : format::keys_of(header, first, end)) {
      copied_.push_back(key);
    }
  }

  /// The copy's last segment's.
  [[nodiscard]] SegmentId last_id() const {
    if (cut_.whole_segments == 0) return SegmentId(1);
    return source_.segments[cut_.whole_segments - 1].header.ids().last.next();
  }

  /// Links the segment from the source, or from the earlier copy. False when neither can be.
  Result<bool> link_segment(const SegmentFile& segment, const std::string& name) {
    if (!options_.real_copies) {
      ESKER_TRY(const bool linked, if_supported(to_.link(from_, name, name, kLink)));
      if (linked) {
        report_.bytes_linked += segment.stored_bytes;
        ESKER_TRY(check(segment));
        return true;
      }
    }
    if (options_.base == nullptr) return false;
    const Result<SegmentFile> earlier = open_segment_file(*options_.base, segment.header.ids());
    if (!earlier || !same_file(earlier.assume_value(), segment)) return false;
    ESKER_TRY(const bool linked, if_supported(to_.link(*options_.base, name, name, kLinkBase)));
    if (!linked) return false;
    report_.bytes_base += earlier.assume_value().stored_bytes;
    ESKER_TRY(check(segment));
    return true;
  }

  /// False when the file system cannot, or may not.
  Result<bool> share(io::File& file, const std::string& name) {
    if (options_.real_copies) return false;
    return if_supported(share_file(file, to_, name));
  }

  /// What has got its name in the target is the segment that was found, and whole.
  Result<void> check(const SegmentFile& segment) {
    ESKER_TRY(const SegmentFile here, open_same(to_, segment));
    if (!options_.verify) return ok();
    return check_sealed(*here.file, segment, on_bytes_);
  }

  static Result<SegmentFile> open_same(io::Directory& directory, const SegmentFile& segment) {
    ESKER_TRY(SegmentFile here, open_segment_file(directory, segment.header.ids()));
    if (same_file(here, segment)) return here;
    return Error(Errc::corrupt,
                 here.path + ": the segment has changed while it was being copied: try again");
  }

  /// The log's end is always written anew: it is the part in which the copy and its source will differ.
  Result<void> write_last_segment() {
    format::SegmentHeader header;
    header.store = source_.store;
    header.id = last_id();
    header.salt = salt_of(options_.random());
    ESKER_TRY(header.file_bytes, next_segment_bytes(0, 0, 0, cut_.bytes, cut_.records));
    header.created = clock_.now();
    header.incarnation = report_.incarnation;
    report_.bytes_copied += header.file_bytes;
    if (cut_.records == 0) return write_empty(header);
    const SegmentFile& segment = source_.segments[cut_.whole_segments];
    if (segment.file != nullptr) {
      return copy_records(*segment.file, segment, cut_.records, header, CopySeal::no, to_,
                          header.file_name(), on_bytes_);
    }
    ESKER_TRY(const SegmentFile opened, open_same(from_, segment));
    return copy_records(*opened.file, segment, cut_.records, header, CopySeal::no, to_,
                        header.file_name(), on_bytes_);
  }

  Result<void> write_empty(const format::SegmentHeader& header) {
    Preparation preparation(to_, header);
    while (true) {
      ESKER_TRY(const bool done, preparation.step());
      if (done) return ok();
    }
  }

  Result<void> take_derived_files() {
    std::vector<std::string> taken;
    for (int round = 0; round < kDerivedRounds; ++round) {
      ESKER_TRY(const std::vector<std::string> names, from_.list(kListSource));
      bool vanished = false;
      for (const std::string& name : callbacks_.derived_files(names, copied_)) {
        if (std::ranges::find(taken, name) != taken.end()) continue;
        Result<void> done = take_derived_file(name);
        if (done) {
          taken.push_back(name);
        } else if (done.assume_error().code() == Errc::not_found) {
          vanished = true;
        } else {
          return done;
        }
      }
      if (!vanished) break;
    }
    return ok();
  }

  Result<void> take_derived_file(const std::string& name) {
    ESKER_TRY(const std::unique_ptr<io::File> file,
              from_.open(name, io::OpenMode::read_only, kOpen));
    ESKER_TRY(const std::uint64_t bytes, file->size(kSize));
    if (!options_.real_copies) {
      ESKER_TRY(const bool linked, if_supported(to_.link(from_, name, name, kLink)));
      if (linked) return report_.bytes_linked += bytes, ok();
      ESKER_TRY(const bool shared, share(*file, name));
      if (shared) return report_.bytes_shared += bytes, ok();
    }
    report_.bytes_copied += bytes;
    return copy_file(*file, bytes, nullptr, to_, name, on_bytes_);
  }

  Result<void> write_watermark() {
    format::Watermark watermark;
    watermark.store = source_.store;
    watermark.incarnation = report_.incarnation;
    watermark.segment = last_id();
    watermark.offset = FileOffset(format::kSegmentHeaderBytes + cut_.bytes);
    watermark.position = cut_.last;
    watermark.clean = true;
    ESKER_TRY(WatermarkFile file, WatermarkFile::open(to_));
    ESKER_TRY(file.create(to_));
    ESKER_TRY(file.write(watermark));
    return file.sync();
  }

  io::Directory& from_;
  io::Directory& to_;
  io::Clock& clock_;
  const CopyOptions& options_;
  CopyCallbacks& callbacks_;
  OnBytes on_bytes_;
  CopySource source_;
  CopyCut cut_;
  CopyReport report_;
  std::vector<format::SegmentKey> copied_;  // the sealed segments that the copy has
  std::uint64_t total_ = 0;
};

}  // namespace

Result<bool> check_copy_target(io::Directory& target) {
  ESKER_TRY(const std::vector<std::string> names, target.list(kListTarget));
  if (!check_finished(names, target.path())) return true;
  for (const std::string& name : names) {
    if (name == kLockName) continue;
    return Error(Errc::invalid_argument, target.path() + ": the directory is not empty (it has " +
                                             name +
                                             "): give one that is, or that does not exist yet");
  }
  return false;
}

Result<CopyReport> copy_store(io::Directory& source, io::Directory& target, io::Clock& clock,
                              const CopyOptions& options, CopyCallbacks& callbacks) {
  return StoreCopy(source, target, clock, options, callbacks).run();
}

Incarnation copy_incarnation(Incarnation highest, const Uuid& random) {
  constexpr std::uint64_t kRoomMin = 1ULL << 32;
  const std::uint64_t left =
      highest.value() < kIncarnationsExact ? kIncarnationsExact - highest.value() : 0;
  // A 256th of what is left, so that copies of copies of copies find room, too.
  const std::uint64_t room = std::max(left / 256, kRoomMin);
  return highest.plus(1 + base::load_le<std::uint64_t>(random.bytes(), 0) % room);
}

}  // namespace esker::log
