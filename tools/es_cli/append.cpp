#include <optional>

#include "common/json_text.hpp"
#include "es_cli/commands.hpp"
#include "es_cli/input.hpp"

namespace esker::tools {

namespace {

void print(Session& session, const AppendOptions& options, const EventId& id,
           const AppendResult& result) {
  const AppendedStream& appended = result.streams.front();
  const bool written = result.outcome == AppendOutcome::written;
  const std::string position = std::to_string(appended.last_position.value());
  const std::string version = std::to_string(appended.last_version.value());
  std::string& out = session.output.text();
  if (session.json) {
    out += R"({"outcome":")";
    out += written ? "written" : "already_there";
    out += R"(","position":)" + position + R"(,"stream":)";
    append_json_string(out, options.stream);
    out += R"(,"version":)" + version + R"(,"id":")" + id.to_string() + "\"}\n";
  } else {
    out += (written ? "written: " : "already there: ") + printable(options.stream) + " version " +
           version + ", position " + position + ", id " + id.to_string() + '\n';
  }
}

}  // namespace

Result<void> run_append(Session& session, const AppendOptions& options) {
  ESKER_TRY(const std::string data, read_argument(options.data, session.signals));
  const EventId id = options.id.value_or(EventId::random());
  Tags tags;
  for (const std::string& tag : options.tags) tags.add(tag);
  const NewEvent event{id, options.type, as_bytes(data), as_bytes(options.metadata), tags};
  const StreamAppend stream{options.stream, options.expected, std::span(&event, 1)};
  NewCommit commit(std::span(&stream, 1), options.condition ? &*options.condition : nullptr);
  commit.explain = options.explain;
  Result<AppendResult> appended = session.client.append(commit);
  if (!appended) {
    if (appended.error().code() != Errc::outcome_unknown) return std::move(appended).error();
    return Error(Errc::outcome_unknown, appended.error().message() +
                                            "; append it again with --id " + id.to_string() +
                                            " to learn what became of it");
  }
  print(session, options, id, appended.value());
  if (appended.value().explanation) print_explanation(*appended.value().explanation);
  return ok();
}

}  // namespace esker::tools
