#include "log/unfinished.hpp"

#include <algorithm>
#include <memory>

#include "esker/event.hpp"
#include "format/hex_number.hpp"
#include "format/watermark.hpp"

namespace esker::log {
namespace {

constexpr io::Site kCreate{"log.copy_mark_create"};
constexpr io::Site kWrite{"log.copy_mark_write"};
constexpr io::Site kSync{"log.copy_mark_sync"};
constexpr io::Site kSyncDirectory{"log.copy_mark_sync_directory"};
constexpr io::Site kRemoveMark{"log.copy_mark_remove"};
constexpr io::Site kList{"log.copy_clear_list"};
constexpr io::Site kRemove{"log.copy_clear_remove"};

/// Whether a copy may have made it: segments and what is derived of them have names that begin with an id, tree files with a number.
bool is_of_store(std::string_view name) {
  constexpr std::size_t kDigits = 16;
  return name == format::kWatermarkFileName ||
         (name.size() > kDigits && format::parse_hex_number(name.substr(0, kDigits)).has_value());
}

}  // namespace

Result<void> begin_unfinished(io::Directory& directory, std::string_view text) {
  ESKER_TRY(const std::unique_ptr<io::File> mark,
            directory.open(kUnfinishedName, io::OpenMode::create_or_open, kCreate));
  ESKER_TRY(mark->write_at(FileOffset(), as_bytes(text), kWrite));
  ESKER_TRY(mark->sync_all(kSync));
  return directory.sync(kSyncDirectory);
}

Result<void> end_unfinished(io::Directory& directory) {
  ESKER_TRY(directory.sync(kSyncDirectory));
  ESKER_TRY(directory.remove(kUnfinishedName, kRemoveMark));
  return directory.sync(kSyncDirectory);
}

Result<void> clear_unfinished(io::Directory& directory) {
  ESKER_TRY(const std::vector<std::string> names, directory.list(kList));
  for (const std::string& name : names) {
    if (!is_of_store(name)) continue;
    ESKER_TRY(directory.remove(name, kRemove));
  }
  return ok();
}

Result<void> check_finished(const std::vector<std::string>& names, const std::string& path) {
  if (std::ranges::find(names, kUnfinishedName) == names.end()) return ok();
  return Error(Errc::corrupt,
               path +
                   ": an unfinished copy of a store: give the es-tool command that was making "
                   "it again, or remove the directory");
}

}  // namespace esker::log
