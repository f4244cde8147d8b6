#include "es_tool/offline_store.hpp"

#include <algorithm>

#include "io/process.hpp"
#include "log/inventory.hpp"
#include "log/scan.hpp"
#include "log/unfinished.hpp"
#include "store/terms.hpp"

namespace esker::tools {
namespace {

constexpr io::Site kList{"tool.list"};

Result<void> check_store(io::Directory& directory) {
  ESKER_TRY(const std::vector<std::string> names, directory.list(kList));
  ESKER_TRY(log::check_finished(names, directory.path()));
  const bool found = std::ranges::any_of(names, [](const std::string& name) {
    return format::parse_segment_file_name(name) || name == format::kWatermarkFileName;
  });
  if (found) return ok();
  return Error(Errc::not_found, directory.path() + ": there is no store in this directory");
}

}  // namespace

std::string lock_owner() { return "es-tool, process " + std::to_string(io::process_id()); }

Result<std::unique_ptr<io::Directory>> open_store_directory(const std::string& path) {
  // Looking at a store on a network file system does no harm, as long as nobody else has it open.
  ESKER_TRY(io::OpenedDirectory opened,
            io::open_directory(path, {.create = false, .allow_remote = true}));
  // Before the lock is taken, so that no lock file is left in a directory that was given by mistake.
  ESKER_TRY(check_store(*opened.directory));
  return std::move(opened.directory);
}

Result<OfflineStore> OfflineStore::open(const std::string& path) {
  ESKER_TRY(std::unique_ptr<io::Directory> directory, open_store_directory(path));
  ESKER_TRY(store::LockFile lock, store::LockFile::take(*directory, lock_owner()));
  return OfflineStore(std::move(directory), std::move(lock));
}

Result<void> walk_segment(io::Directory& directory, const log::SurveyedSegment& segment,
                          UniqueFunction<bool(const log::WalkStep&)>& on_step) {
  ESKER_TRY(const std::unique_ptr<io::File> file, log::open_surveyed(directory, segment));
  log::RecordWalk walk(*file, *segment.header,
                       segment.footer ? segment.footer->records_end : segment.end());
  while (true) {
    ESKER_TRY(const log::WalkStep step, walk.next());
    if (!on_step(step) || step.kind == log::WalkStep::Kind::end) return ok();
  }
}

std::vector<index::SegmentKey> sealed_segments(const std::vector<log::SurveyedSegment>& segments) {
  std::vector<index::SegmentKey> sealed;
  for (const log::SurveyedSegment& segment : segments) {
    if (!segment.footer) continue;
    const format::SegmentFooter& footer = *segment.footer;
    for (const index::SegmentKey& key :
         format::keys_of(*segment.header, footer.first, footer.first.plus(footer.records))) {
      sealed.push_back(key);
    }
  }
  return sealed;
}

index::Index::SegmentReader make_segment_reader(io::Directory& directory,
                                                const index::TermHasher& hasher) {
  return [&directory, &hasher, files = std::vector<format::SegmentIds>()](
             const index::SegmentKey& key,
             UniqueFunction<void(Position, const index::EventTerms&)>& on_event) mutable
         -> Result<void> {
    if (files.empty()) {
      ESKER_TRY(files, log::list_segment_files(directory));
    }
    const auto file = std::ranges::find_if(
        files, [&](const format::SegmentIds& ids) { return ids.contains(key.id); });
    if (file == files.end()) {
      return Error(Errc::not_found,
                   directory.path() + ": there is no segment " + std::to_string(key.id.value()));
    }
    ESKER_TRY(const log::SegmentFile segment, log::open_segment_file(directory, *file));
    store::RecordTerms terms(hasher);
    log::OnRecord on_record = [&](const format::RecordView& record, FileOffset) {
      if (record.position >= key.first) terms.each(record, on_event);
    };
    // Of a merged segment there may be others' records before the key's.
    const Position first = segment.footer ? segment.footer->first : key.first;
    ESKER_TRY(const log::SegmentScan scan,
              log::scan_segment(*segment.file, segment.header, first,
                                key.end.value() - first.value(), on_record));
    if (scan.next == key.end) return ok();
    return Error(Errc::corrupt, segment.path + " at offset " + std::to_string(scan.end.value()) +
                                    ": " + std::string(format::describe(scan.fault)) +
                                    ": run es-tool verify");
  };
}

}  // namespace esker::tools
