#include <nlohmann/json.hpp>

#include "common/durability_text.hpp"
#include "common/number_text.hpp"
#include "common/utc_time.hpp"
#include "es_cli/commands.hpp"

namespace esker::tools {

namespace {

std::string as_json(const StoreInfo& info) {
  using Json = nlohmann::ordered_json;
  Json json;
  json["store_id"] = info.store_id.to_string();
  json["incarnation"] = info.incarnation.value();
  json["head"] = info.head.value();
  json["head_time"] = info.head.value() == 0 ? Json() : Json(to_rfc3339(info.head_time));
  json["durability"] = to_text(info.durability);
  json["segments"] = info.segments;
  json["sealed_segments"] = info.sealed_segments;
  json["log_bytes"] = info.log_bytes;
  json["compressed_segments"] = info.compressed_segments;
  json["compressed_bytes_before"] = info.compressed_bytes_before;
  json["compressed_bytes"] = info.compressed_bytes;
  json["decoded_bytes"] = info.decoded_bytes;
  json["tree_end"] = info.tree_end ? Json(info.tree_end->value()) : Json();
  json["tree_durable_end"] = info.tree_durable_end.value();
  json["runs"] = info.runs;
  json["index_bytes"] = info.index_bytes;
  json["memtable_bytes"] = info.memtable_bytes;
  json["commits"] = info.commits;
  json["groups"] = info.groups;
  json["appended_events"] = info.appended_events;
  json["filter_bytes"] = info.filter_bytes;
  json["run_terms"] = info.run_terms;
  json["runs_of_level"] = info.runs_of_level;
  json["merges_waiting"] = info.merges_waiting;
  json["merge_bytes_per_second"] = info.merge_bytes_per_second;
  json["merged_bytes"] = info.merged_bytes;
  json["heads_found"] = info.heads_found;
  json["heads_missed"] = info.heads_missed;
  json["event_bytes_max"] = info.limits.event_bytes_max;
  json["commit_bytes_max"] = info.limits.commit_bytes_max;
  json["commit_events_max"] = info.limits.commit_events_max;
  json["failed"] = info.failed ? Json(*info.failed) : Json();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

void add_row(std::string& out, std::string name, const std::string& value) {
  constexpr std::size_t kNameColumns = 14;
  name.resize(std::max(name.size(), kNameColumns), ' ');
  out += name + value + '\n';
}

/// Runs by level, and how much of them tells that a term is not there.
std::string levels(const StoreInfo& info) {
  if (info.run_terms == 0) return "";
  std::string text = " (by level";
  for (const std::uint64_t runs : info.runs_of_level) text += ' ' + std::to_string(runs);
  return text + "; " + filter_bits_text(info.filter_bytes, info.run_terms) + ')';
}

std::string merging(const StoreInfo& info) {
  std::string text = counted(info.merges_waiting, "merge") + " waiting, " +
                     as_bytes_text(info.merged_bytes) + " since opened";
  if (info.merge_bytes_per_second > 0) {
    text += ", at most " + as_bytes_text(info.merge_bytes_per_second) + "/s";
  }
  return text;
}

std::string as_rows(const StoreInfo& info) {
  std::string out;
  add_row(out, "store",
          info.store_id.to_string() + ", incarnation " + std::to_string(info.incarnation.value()));
  add_row(out, "head",
          info.head.value() == 0 ? "0, no events yet"
                                 : with_separators(info.head.value()) + ", at " +
                                       to_readable(info.head_time) + " UTC");
  add_row(out, "durability", to_text(info.durability));
  add_row(out, "log",
          as_bytes_text(info.log_bytes) + " in " + counted(info.segments, "segment") + ", " +
              with_separators(info.sealed_segments) + " sealed");
  if (info.compressed_segments > 0) {
    add_row(out, "compressed",
            counted(info.compressed_segments, "segment") + ", " +
                as_bytes_text(info.compressed_bytes_before) + " in " +
                as_bytes_text(info.compressed_bytes) + ", " + as_bytes_text(info.decoded_bytes) +
                " decoded");
  }
  if (info.tree_end) {
    add_row(out, "tree",
            "up to position " + with_separators(info.tree_end->value()) + ", in files up to " +
                with_separators(info.tree_durable_end.value()));
  }
  add_row(out, "index",
          as_bytes_text(info.index_bytes) + " in " + counted(info.runs, "run") + levels(info) +
              ", " + as_bytes_text(info.memtable_bytes) + " in memory");
  if (info.runs > 0) add_row(out, "merging", merging(info));
  add_row(out, "since opened",
          counted(info.appended_events, "event") + " in " + counted(info.commits, "commit") + ", " +
              counted(info.groups, "group") + " written");
  add_row(out, "stream heads",
          with_separators(info.heads_found) + " look-ups from memory, " +
              with_separators(info.heads_missed) + " from the index");
  add_row(out, "limits",
          "event " + as_bytes_text(info.limits.event_bytes_max) + ", commit " +
              as_bytes_text(info.limits.commit_bytes_max) + " and " +
              with_separators(info.limits.commit_events_max) + " events");
  if (info.failed) add_row(out, "failed", *info.failed);
  return out;
}

}  // namespace

Result<void> run_info(Session& session, const InfoOptions& /*options*/) {
  ESKER_TRY(const StoreInfo info, session.client.info());
  session.output.text() += session.json ? as_json(info) : as_rows(info);
  return ok();
}

}  // namespace esker::tools
