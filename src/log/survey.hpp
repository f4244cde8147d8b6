#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "esker/result.hpp"
#include "format/segment.hpp"
#include "format/watermark.hpp"
#include "io/directory.hpp"

namespace esker::log {

/// Something wrong at a place, for people. What is wrong is told without file and offset.
struct Finding {
  std::string file;  ///< As it should be shown to a person.
  FileOffset offset;
  std::string reason;
};

/// A segment's file as it is found, in whatever state.
struct SurveyedSegment {
  format::SegmentIds ids;  ///< By its name.
  std::string name;
  std::string path;                ///< As it should be shown to a person.
  std::uint64_t bytes = 0;         ///< The file's length; of a compressed segment the image's.
  std::uint64_t stored_bytes = 0;  ///< The file's length.
  bool compressed = false;         ///< It is stored as a compressed segment.
  std::optional<format::SegmentHeader>
      header;  ///< Set when the records can be read: it is intact and of this store.
  std::optional<format::SegmentFooter> footer;  ///< Valid: the segment is sealed.
  std::optional<std::string> footer_fault;      ///< There is a footer, but it is damaged: why.
  bool gap_before = false;                      ///< The segment that comes before it is missing.
  std::vector<Finding>
      faults;  ///< Of the file as a whole and its header; the footer's is not among them.

  /// The part of the file that may hold records; only with a header.
  [[nodiscard]] FileOffset end() const {
    return FileOffset(bytes < header->file_bytes ? bytes : header->file_bytes);
  }
  [[nodiscard]] bool short_file() const { return header && bytes < header->file_bytes; }
};

/// Everything in a store's directory, damaged or not, by name, header and footer alone: for the offline tools, which
/// must go on where recovery stops.
struct Survey {
  std::optional<Uuid> store;              ///< Of the first readable segment.
  std::vector<SurveyedSegment> segments;  ///< By id; there may be gaps.
  std::vector<std::string> leftovers;   ///< Segment, run and tree files that were never published.
  std::vector<std::string> superseded;  ///< Segment files that others have taken the place of.
  std::vector<std::string> runs;        ///< Index files.
  std::vector<std::string> trees;       ///< Tree files.
  std::vector<std::string> set_aside;   ///< What earlier repairs set aside.
  std::vector<std::string> unknown;     ///< Names that are none of Esker's.

  bool watermark_there = false;
  std::optional<format::Watermark> watermark;  ///< Of whatever store.
  std::optional<Error> watermark_error;        ///< Why the watermark could not be read.
};

/// Looks at all names, and at each segment's header and footer. Changes nothing; damage is no error.
/// Errors: `io_error` (a call was refused), `no_space` (descriptors), `not_supported` (a segment of a later format), `corrupt` (an
/// unfinished copy).
Result<Survey> survey_directory(io::Directory& directory);

/// Opens a surveyed segment's file for reading, the image of a compressed one. Errors: those of `open_image`.
Result<std::unique_ptr<io::File>> open_surveyed(io::Directory& directory,
                                                const SurveyedSegment& segment);

}  // namespace esker::log
