#include "index/run_files.hpp"

#include <algorithm>
#include <string>

#include "index/run_format.hpp"

namespace esker::index {
namespace {

constexpr io::Site kRunList{"index.run_list"};
constexpr io::Site kRunRemove{"index.run_remove"};

}  // namespace

Result<std::uint64_t> remove_obsolete_runs(io::Directory& directory,
                                           const std::vector<SegmentKey>& sealed) {
  ESKER_TRY(const std::vector<std::string> names, directory.list(kRunList));
  std::uint64_t removed = 0;
  for (const std::string& name : names) {
    const auto run = parse_run_file_name(name);
    if (!run) continue;
    const bool wanted = std::ranges::binary_search(sealed, run->id, {}, &SegmentKey::id);
    if (wanted && !run->temporary) continue;
    ESKER_TRY(directory.remove(name, kRunRemove));
    ++removed;
  }
  return removed;
}

}  // namespace esker::index
