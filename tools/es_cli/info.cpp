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
  json["runs"] = info.runs;
  json["index_bytes"] = info.index_bytes;
  json["memtable_bytes"] = info.memtable_bytes;
  json["commits"] = info.commits;
  json["groups"] = info.groups;
  json["appended_events"] = info.appended_events;
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
  add_row(out, "index",
          as_bytes_text(info.index_bytes) + " in " + counted(info.runs, "run") + ", " +
              as_bytes_text(info.memtable_bytes) + " in memory");
  add_row(out, "since opened",
          counted(info.appended_events, "event") + " in " + counted(info.commits, "commit") + ", " +
              counted(info.groups, "group") + " written");
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
