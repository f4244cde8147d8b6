#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "esker/result.hpp"
#include "format/compressed_segment.hpp"
#include "format/segment.hpp"
#include "io/directory.hpp"

namespace esker::log {

// What other layers keep in the directory (format-spec.md, "Directory").
inline constexpr std::string_view kLockName = "LOCK";
inline constexpr std::string_view kRunSuffix = ".run";

/// What the names of files and directories begin with that hold what a repair has cut (format-spec.md, "Directory").
inline constexpr std::string_view kSetAsidePrefix = "set-aside-";

/// A segment file as found, before its records have been looked at.
struct SegmentFile {
  format::SegmentHeader header;
  std::string path;                             ///< As it should be shown to a person.
  std::optional<format::SegmentFooter> footer;  ///< Valid: the segment is sealed.
  std::optional<std::string>
      footer_fault;  ///< There is a footer, but it is damaged: why. The records decide.
  /// Open for reading and writing; null for a sealed segment. Of a compressed one it reads the image, and is not written to.
  std::unique_ptr<io::File> file;
  std::uint64_t stored_bytes = 0;                      ///< The length of the file in the directory.
  std::optional<format::CompressedHeader> compressed;  ///< Set: the segment is stored like this.
};

/// What a store's directory holds, by name and header alone.
struct Inventory {
  std::vector<SegmentFile> segments;  ///< By id, from 1 on, without gaps, all of one store.
  std::vector<std::string>
      leftovers;  ///< Segment files that were never published, or that others have taken the place of.
  std::vector<std::string> unknown;  ///< Names that are none of Esker's.
  bool index_runs = false;           ///< There are index files.
};

/// Looks at all names, and at each segment's header and footer. Changes nothing.
/// Errors: `corrupt` (a segment is missing, shorter than its header says, of another store, not a regular file, or its header is damaged;
/// the file is named; or the directory is an unfinished copy), `not_supported` (a later format), `no_space` (descriptors), `io_error`.
Result<Inventory> take_inventory(io::Directory& directory);

/// The error that says what is wrong at a place in a file. Errc::corrupt.
Error damaged_at(const std::string& path, FileOffset offset, std::string_view what);

/// The error of mapped bytes that could not be read (`io::guarded_read`). Errc::io_error.
Error unreadable_at(const std::string& path, FileOffset offset);

/// Opens one segment file and reads its header and footer. Errors: as `take_inventory`, for one file.
Result<SegmentFile> open_segment_file(io::Directory& directory, const format::SegmentIds& ids);

/// Which of the segment files of a directory count: a merge publishes its file beside those that it was made of, and then removes them.
/// As long as they are all there, they count; when one of them is missing, the merged one does (format-spec.md, "Merged").
struct SegmentFiles {
  std::vector<format::SegmentIds> counting;    ///< By id. There may be gaps, which are damage.
  std::vector<format::SegmentIds> superseded;  ///< The others.
};
SegmentFiles sort_segment_files(std::vector<format::SegmentIds> files);

/// Those that count, by name alone. Errors: those of `Directory::list`.
Result<std::vector<format::SegmentIds>> list_segment_files(io::Directory& directory);

}  // namespace esker::log
