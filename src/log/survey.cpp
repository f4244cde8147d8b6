#include "log/survey.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "format/tree_file.hpp"
#include "log/image_file.hpp"
#include "log/inventory.hpp"
#include "log/unfinished.hpp"
#include "log/watermark_file.hpp"

namespace esker::log {
namespace {

constexpr io::Site kList{"log.survey_list"};
constexpr io::Site kOpen{"log.survey_open"};
constexpr io::Site kSize{"log.survey_size"};
constexpr io::Site kRead{"log.survey_read"};

SurveyedSegment named_segment(const io::Directory& directory, const format::SegmentIds& ids) {
  SurveyedSegment segment;
  segment.ids = ids;
  segment.name = format::segment_file_name(ids);
  segment.path = directory.path() + "/" + segment.name;
  return segment;
}

/// A segment or run that was never published.
bool is_leftover(std::string_view name) {
  const std::optional<std::string_view> to_be = format::name_to_be(name);
  return to_be && (format::parse_segment_file_name(*to_be) || to_be->ends_with(kRunSuffix) ||
                   format::parse_tree_file_name(*to_be));
}

void sort_name(const std::string& name, Survey& survey, std::vector<format::SegmentIds>& files) {
  if (const std::optional<format::SegmentIds> ids = format::parse_segment_file_name(name)) {
    files.push_back(*ids);
  } else if (is_leftover(name)) {
    survey.leftovers.push_back(name);
  } else if (name.ends_with(kRunSuffix)) {
    survey.runs.push_back(name);
  } else if (format::parse_tree_file_name(name)) {
    survey.trees.push_back(name);
  } else if (name.starts_with(kSetAsidePrefix)) {
    survey.set_aside.push_back(name);
  } else if (name == format::kWatermarkFileName) {
    survey.watermark_there = true;
  } else if (name != kLockName) {
    survey.unknown.push_back(name);
  }
}

void add_fault(SurveyedSegment& segment, FileOffset offset, std::string reason) {
  segment.faults.push_back({segment.path, offset, std::move(reason)});
}

Result<void> read_footer(io::File& file, SurveyedSegment& segment) {
  const FileOffset offset(segment.header->file_bytes - format::kSegmentFooterBytes);
  std::array<std::byte, format::kSegmentFooterBytes> bytes;
  ESKER_TRY(file.read_at(offset, bytes, kRead));
  Result<std::optional<format::SegmentFooter>> footer =
      format::parse_segment_footer(bytes, *segment.header);
  if (footer) {
    segment.footer = footer.assume_value();
  } else {
    segment.footer_fault = footer.assume_error().message();
  }
  return ok();
}

bool check_ids(SurveyedSegment& segment, const format::SegmentHeader& header) {
  if (header.ids() == segment.ids) return true;
  add_fault(segment, FileOffset(), "the header says that this is " + header.file_name());
  return false;
}

Result<void> read_header(OpenedSegmentFile& opened, SurveyedSegment& segment) {
  if (opened.begin.size() < format::kSegmentHeaderBytes) {
    add_fault(segment, FileOffset(segment.bytes), "the file is shorter than a segment's header");
    return ok();
  }
  Result<format::SegmentHeader> header = format::parse_segment_header(
      std::span<const std::byte>(opened.begin).first<format::kSegmentHeaderBytes>());
  if (!header) {
    // A later format is no damage: whoever wrote it can read it.
    if (header.assume_error().code() == Errc::not_supported) {
      return Error(Errc::not_supported, segment.path + ": " + header.assume_error().message());
    }
    add_fault(segment, FileOffset(), header.assume_error().message());
    return ok();
  }
  if (!check_ids(segment, header.assume_value())) return ok();
  segment.header = header.assume_value();
  if (segment.short_file()) {
    add_fault(segment, FileOffset(segment.bytes),
              "the file ends here instead of at " + std::to_string(segment.header->file_bytes));
    return ok();
  }
  return read_footer(*opened.file, segment);
}

/// The file of a segment that cannot be opened as one: how long it is.
std::uint64_t bytes_of(io::Directory& directory, const SurveyedSegment& segment) {
  Result<std::unique_ptr<io::File>> file =
      directory.open(segment.name, io::OpenMode::read_only, kOpen);
  if (!file) return 0;
  const Result<std::uint64_t> size = file.assume_value()->size(kSize);
  return size ? size.assume_value() : 0;
}

Result<void> look_at(io::Directory& directory, SurveyedSegment& segment) {
  Result<OpenedSegmentFile> opened =
      open_image(directory, segment.name, io::OpenMode::read_only, kOpen);
  if (!opened) {
    if (opened.assume_error().code() != Errc::corrupt) return std::move(opened).assume_error();
    segment.bytes = segment.stored_bytes = bytes_of(directory, segment);
    add_fault(segment, FileOffset(),
              "not a segment's file that can be read: " + opened.assume_error().message());
    return ok();
  }
  OpenedSegmentFile& file = opened.assume_value();
  segment.bytes = segment.stored_bytes = file.stored_bytes;
  if (!file.compressed) return read_header(file, segment);
  if (!check_ids(segment, file.compressed->segment)) return ok();
  segment.compressed = true;
  segment.bytes = file.compressed->image_bytes();
  segment.header = file.compressed->segment;
  segment.footer = file.compressed->footer;
  return ok();
}

/// A segment of another store is no part of this log, however intact.
void check_store(SurveyedSegment& segment, Survey& survey) {
  if (!segment.header) return;
  if (!survey.store) survey.store = segment.header->store;
  if (segment.header->store == *survey.store) return;
  add_fault(segment, FileOffset(),
            "the segment belongs to another store (" + segment.header->store.to_string() +
                ") than the first one");
  segment.header.reset();
  segment.footer.reset();
  segment.footer_fault.reset();
}

Result<void> read_watermark(io::Directory& directory, Survey& survey) {
  Result<WatermarkFile> watermark = WatermarkFile::open(directory);
  if (watermark) {
    survey.watermark = watermark.assume_value().found();
  } else if (watermark.assume_error().code() == Errc::no_space) {
    return std::move(watermark).assume_error();
  } else {
    survey.watermark_error = std::move(watermark).assume_error();
  }
  return ok();
}

}  // namespace

Result<std::unique_ptr<io::File>> open_surveyed(io::Directory& directory,
                                                const SurveyedSegment& segment) {
  ESKER_TRY(OpenedSegmentFile opened,
            open_image(directory, segment.name, io::OpenMode::read_only, kOpen));
  return std::move(opened.file);
}

Result<Survey> survey_directory(io::Directory& directory) {
  Survey survey;
  ESKER_TRY(const std::vector<std::string> names, directory.list(kList));
  ESKER_TRY(check_finished(names, directory.path()));
  std::vector<format::SegmentIds> named;
  for (const std::string& name : names) sort_name(name, survey, named);
  const SegmentFiles files = sort_segment_files(std::move(named));
  for (const format::SegmentIds& ids : files.counting) {
    survey.segments.push_back(named_segment(directory, ids));
  }
  for (const format::SegmentIds& ids : files.superseded) {
    survey.superseded.push_back(format::segment_file_name(ids));
  }
  SegmentId expected(1);
  for (SurveyedSegment& segment : survey.segments) {
    if (segment.ids.first != expected) {
      segment.gap_before = true;
      add_fault(segment, FileOffset(),
                directory.path() + "/" + format::segment_file_name(expected) +
                    " is missing, which comes before this one");
    }
    expected = segment.ids.last.next();
    ESKER_TRY(look_at(directory, segment));
    check_store(segment, survey);
  }
  ESKER_TRY(read_watermark(directory, survey));
  return survey;
}

}  // namespace esker::log
