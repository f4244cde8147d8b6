#include "index/run_files.hpp"

#include <algorithm>
#include <utility>

namespace esker::index {
namespace {

constexpr io::Site kRunList{"index.run_list"};
constexpr io::Site kRunRemove{"index.run_remove"};
constexpr io::Site kRunDirectorySync{"index.run_directory_sync"};

bool overlap(const RunKey& run, const RunFileName& name) {
  return run.first_segment <= name.last && name.first <= run.last_segment;
}

}  // namespace

std::optional<std::span<const SegmentKey>> find_segments(std::span<const SegmentKey> sealed,
                                                         SegmentId first, SegmentId last) {
  const auto begin = std::ranges::lower_bound(sealed, first, {}, &SegmentKey::id);
  const auto left = static_cast<std::uint64_t>(sealed.end() - begin);
  const std::uint64_t between = last.value() - first.value();
  if (between >= left || begin->id != first) return std::nullopt;
  const std::span<const SegmentKey> found(begin, begin + static_cast<std::ptrdiff_t>(between + 1));
  if (found.back().id != last) return std::nullopt;
  return found;
}

RunFiles sort_run_files(const std::vector<std::string>& names, std::span<const SegmentKey> sealed) {
  RunFiles files;
  for (const std::string& name : names) {
    const auto run = parse_run_file_name(name);
    if (!run) continue;
    if (run->temporary || !find_segments(sealed, run->first, run->last)) {
      files.obsolete.push_back(name);
    } else {
      files.usable.push_back(*run);
    }
  }
  std::ranges::sort(files.usable, [](const RunFileName& a, const RunFileName& b) {
    const std::uint64_t segments_a = a.last.value() - a.first.value();
    const std::uint64_t segments_b = b.last.value() - b.first.value();
    return segments_a != segments_b ? segments_a > segments_b : a.first < b.first;
  });
  return files;
}

Result<RunFiles> remove_obsolete_runs(io::Directory& directory,
                                      std::span<const SegmentKey> sealed) {
  ESKER_TRY(const std::vector<std::string> names, directory.list(kRunList));
  RunFiles files = sort_run_files(names, sealed);
  for (const std::string& name : files.obsolete) {
    ESKER_TRY(remove_run(directory, name));
  }
  return files;
}

Result<std::vector<std::shared_ptr<Run>>> open_runs(io::Directory& directory, const Uuid& store,
                                                    std::span<const SegmentKey> sealed) {
  ESKER_TRY(const RunFiles files, remove_obsolete_runs(directory, sealed));
  std::vector<std::shared_ptr<Run>> runs;
  std::vector<RunFileName> leftovers;
  bool covered = false;
  for (const RunFileName& name : files.usable) {
    if (std::ranges::any_of(runs,
                            [&](const auto& run) { return overlap(run->footer().key, name); })) {
      leftovers.push_back(name);
      covered = true;
      continue;
    }
    auto run =
        Run::open(directory, store, run_key_of(*find_segments(sealed, name.first, name.last)));
    if (run) {
      runs.push_back(std::move(run).value());
    } else if (run.error().code() == Errc::no_space) {
      return std::move(run).error();
    } else if (name.first != name.last) {
      // Whatever is wrong with it: it is derived. One of a single segment is replaced by the one that is made again.
      leftovers.push_back(name);
    }
  }
  if (covered) {
    ESKER_TRY(sync_run_names(directory));
  }
  for (const RunFileName& name : leftovers) {
    ESKER_TRY(remove_run(directory, run_file_name(name.first, name.last)));
  }
  std::ranges::sort(runs, {}, [](const auto& run) { return run->footer().key.first_segment; });
  return runs;
}

Result<void> sync_run_names(io::Directory& directory) { return directory.sync(kRunDirectorySync); }

Result<void> remove_run(io::Directory& directory, const std::string& name) {
  return directory.remove(name, kRunRemove);
}

}  // namespace esker::index
