#include "common/compaction_text.hpp"

#include <nlohmann/json.hpp>

#include "common/number_text.hpp"

namespace esker::tools {
namespace {

std::string as_json(const CompactionStatus& status) {
  using Json = nlohmann::ordered_json;
  Json json;
  json["running"] = status.running;
  json["dry_run"] = status.dry_run;
  json["segments"] = status.segments;
  json["segments_done"] = status.segments_done;
  json["segments_compacted"] = status.segments_compacted;
  json["segments_merged"] = status.segments_merged;
  json["bytes_before"] = status.bytes_before;
  json["bytes_after"] = status.bytes_after;
  for (std::size_t i = 0; i < kStreamClasses; ++i) {
    const char* const name = stream_class_name(static_cast<StreamClass>(i));
    json["released"][name] = {{"events", status.released[i].events},
                              {"bytes", status.released[i].bytes}};
  }
  json["failed"] = status.failed ? Json(*status.failed) : Json();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string as_lines(const CompactionStatus& status) {
  const std::string done = status.dry_run ? "would compact " : "compacted ";
  const std::string merged =
      status.segments_merged == 0
          ? ""
          : ", merged " + with_separators(status.segments_merged) + " small ones";
  std::string text = done + with_separators(status.segments_compacted) + " of " +
                     counted(status.segments_done, "segment") + merged + ": " +
                     as_bytes_text(status.bytes_before) +
                     (status.dry_run ? " would become " : " became ") +
                     as_bytes_text(status.bytes_after) + '\n';
  for (std::size_t i = 0; i < kStreamClasses; ++i) {
    const ReleasedEvents& released = status.released[i];
    if (released.events == 0) continue;
    std::string name = stream_class_name(static_cast<StreamClass>(i));
    name.resize(14, ' ');
    text += name + counted(released.events, "event") + ", " + as_bytes_text(released.bytes) + '\n';
  }
  return text;
}

}  // namespace

std::string compaction_text(const CompactionStatus& status, bool json) {
  return json ? as_json(status) : as_lines(status);
}

void show_compaction(Progress& progress, const CompactionStatus& status) {
  progress.update(status.segments_done, status.segments, status.segments_done);
}

}  // namespace esker::tools
