#include <chrono>

#include "common/event_line.hpp"
#include "common/number_text.hpp"
#include "common/progress.hpp"
#include "es_cli/append_pipeline.hpp"
#include "es_cli/commands.hpp"
#include "es_cli/dpkg_log.hpp"
#include "es_cli/input.hpp"
#include "es_cli/line_ids.hpp"

namespace esker::tools {

namespace {

/// What became of the lines of a file.
struct Tally {
  std::uint64_t lines = 0;
  std::uint64_t skipped = 0;  ///< About no event.
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
};

/// Makes events of lines. Nothing for lines that are about no event.
class LineReader {
 public:
  explicit LineReader(ImportOptions::Format format) : format_(format) {}

  Result<std::optional<EventLine>> parse(std::string_view line) {
    if (format_ == ImportOptions::Format::dpkg) {
      ESKER_TRY(std::optional<EventLine> event, parse_dpkg_line(line));
      if (event) event->id = ids_.next(line);
      return event;
    }
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return std::nullopt;
    ESKER_TRY(EventLine event, parser_.parse(line));
    if (!event.id) event.id = ids_.next(line);
    return std::optional<EventLine>(std::move(event));
  }

 private:
  const ImportOptions::Format format_;
  EventLineParser parser_;
  LineIds ids_;
};

Error at_line(std::uint64_t number, const std::string& file, const Error& error) {
  return {error.code(), "line " + std::to_string(number) + " of " +
                            (file == "-" ? "standard input" : file) + ": " + error.message()};
}

/// Hands all lines to the pipeline, until one is wrong, an append fails or a signal comes.
Result<void> import_lines(Session& session, const ImportOptions& options, Input& input,
                          AppendPipeline& pipeline, Tally& tally) {
  LineReader reader(options.format);
  Progress progress("importing", "events");
  for (;;) {
    ESKER_TRY(const std::optional<std::string_view> line, input.line());
    if (!line || session.signals.stopped()) return ok();
    // The last line of a log may be half written; it is whole the next time.
    if (options.format == ImportOptions::Format::dpkg && !input.line_was_ended()) return ok();
    ++tally.lines;
    Result<std::optional<EventLine>> event = reader.parse(*line);
    if (!event) return at_line(tally.lines, options.file, event.error());
    if (!event.value()) {
      ++tally.skipped;
    } else if (!pipeline.append(tally.lines, *event.value())) {
      return ok();  // the pipeline knows the failure
    }
    progress.update(input.bytes_read(), input.length(), tally.lines);
  }
}

void print(Session& session, const AppendPipeline& pipeline, const Tally& tally) {
  const std::chrono::nanoseconds duration = std::chrono::steady_clock::now() - tally.begin;
  const std::uint64_t events = pipeline.written() + pipeline.already_there();
  std::string& out = session.output.text();
  if (session.json) {
    out += "{\"written\":" + std::to_string(pipeline.written()) +
           ",\"already_there\":" + std::to_string(pipeline.already_there()) +
           ",\"skipped\":" + std::to_string(tally.skipped) + "}\n";
    return;
  }
  const double seconds = std::chrono::duration<double>(duration).count();
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(events) / seconds);
  out += with_separators(pipeline.written()) + " written, " +
         with_separators(pipeline.already_there()) + " already there, " +
         counted(tally.skipped, "line") + " without an event; " + as_duration_text(duration) +
         ", " + with_separators(rate) + " events/s\n";
}

}  // namespace

Result<void> run_import(Session& session, const ImportOptions& options) {
  // A signal ends the reading; what is under way is waited for, so that the numbers are right.
  session.signals.on_stop([] {});
  ESKER_TRY(Input input, Input::open(options.file, session.signals));
  Tally tally;
  AppendPipeline pipeline(session.client, options.in_flight_max);
  Result<void> read = import_lines(session, options, input, pipeline, tally);
  pipeline.finish();
  print(session, pipeline, tally);
  if (auto failure = pipeline.take_failure()) {
    return at_line(failure->line, options.file, failure->error);
  }
  return read;
}

}  // namespace esker::tools
