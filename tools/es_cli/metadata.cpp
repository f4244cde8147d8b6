#include <nlohmann/json.hpp>

#include "es_cli/commands.hpp"
#include "es_cli/input.hpp"

namespace esker::tools {

namespace {

std::string as_json(const StreamMetadata& metadata) {
  using Json = nlohmann::ordered_json;
  Json json = Json::object();
  if (metadata.max_count) json["max_count"] = *metadata.max_count;
  if (metadata.max_age) json["max_age_s"] = metadata.max_age->count();
  if (metadata.truncate_before != Version()) {
    json["truncate_before"] = metadata.truncate_before.value();
  }
  if (metadata.deleted_before != Position()) {
    json["deleted_before"] = metadata.deleted_before.value();
  }
  std::string line = json.dump();
  if (metadata.custom.empty()) return line + '\n';
  line.pop_back();
  return line + (json.empty() ? "" : ",") + R"("custom":)" + metadata.custom + "}\n";
}

std::string as_text(const StreamMetadata& metadata) {
  std::string text;
  if (metadata.max_count) {
    text += "max count        " + std::to_string(*metadata.max_count) + '\n';
  }
  if (metadata.max_age) {
    text += "max age          " + std::to_string(metadata.max_age->count()) + " s\n";
  }
  if (metadata.truncate_before != Version()) {
    text += "truncate before  version " + std::to_string(metadata.truncate_before.value()) + '\n';
  }
  if (metadata.deleted_before != Position()) {
    text += "deleted before   position " + std::to_string(metadata.deleted_before.value()) + '\n';
  }
  if (!metadata.custom.empty()) text += "custom           " + printable(metadata.custom) + '\n';
  return text.empty() ? "nothing is set\n" : text;
}

/// 0 takes a bound away.
template <class Bound>
void change(std::optional<Bound>& bound, const std::optional<std::uint64_t>& to) {
  if (!to) return;
  bound.reset();
  if (*to != 0) bound = Bound(*to);
}

}  // namespace

Result<void> run_metadata(Session& session, const MetadataOptions& options) {
  ESKER_TRY(StreamMetadata metadata, session.client.stream_metadata(options.stream));
  if (!options.changes()) {
    session.output.text() += session.json ? as_json(metadata) : as_text(metadata);
    return ok();
  }
  change(metadata.max_count, options.max_count);
  change(metadata.max_age, options.max_age_s);
  if (options.truncate_before) metadata.truncate_before = Version(*options.truncate_before);
  if (options.custom) metadata.custom = *options.custom;
  ESKER_TRY(const AppendResult written,
            session.client.set_stream_metadata(options.stream, metadata));
  print_written(session, "metadata of " + printable(options.stream), written);
  return ok();
}

Result<void> run_delete(Session& session, const DeleteOptions& options) {
  ESKER_TRY(const AppendResult written,
            options.tombstone ? session.client.tombstone_stream(options.stream, options.expected)
                              : session.client.delete_stream(options.stream, options.expected));
  print_written(session,
                (options.tombstone ? "tombstone of " : "deletion of ") + printable(options.stream),
                written);
  return ok();
}

void print_written(Session& session, const std::string& what, const AppendResult& written) {
  const std::string position = std::to_string(written.position().value());
  session.output.text() += session.json ? R"({"position":)" + position + "}\n"
                                        : "written: " + what + ", position " + position + '\n';
}

}  // namespace esker::tools
