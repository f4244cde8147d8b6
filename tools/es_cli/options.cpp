#include "es_cli/options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>

#include "common/command_line.hpp"

namespace esker::tools {

namespace {

constexpr const char* kDescription =
    R"(Appends events to an Esker server, reads them, and waits for those that come.

  es-cli append order-1 OrderPlaced '{"total": 42}'     one event for the stream order-1
  es-cli read order-1                                   the events of a stream
  es-cli read --all --backwards --limit 10              the last ten of all
  es-cli subscribe --category order --from end          what comes next in any stream order-…
  es-cli export >backup.ndjson                          everything, a line of JSON per event
  es-cli import backup.ndjson                           the same back; what is there already is not appended again

'es-cli SUBCOMMAND --help' tells more. Data goes to standard output, everything else to standard error.)";

constexpr const char* kAppendHelp =
    R"(  es-cli append order-1 OrderPlaced '{"total": 42}' --expect no-stream
  es-cli append order-1 InvoiceAttached @invoice.pdf --metadata '{"by": "ann"}'

An append is idempotent by its event's id: with the same --id it is written once, however often it is tried.)";

constexpr const char* kReadHelp =
    R"(Give a stream, or one of --all, --category, --type.

With --json an event is one line with the keys position, stream, version, id, type, time, data, metadata; data that is not JSON comes in
base64 under data_base64, metadata under metadata_base64; what is empty has no key.)";

constexpr const char* kSubscribeHelp =
    R"(Give a stream, or one of --all, --category, --type. Ends after --count events or by a signal; goes on by itself when the connection
breaks or the server starts again.)";

constexpr const char* kImportHelp =
    R"(The events keep the file's order. Run again after an interruption, or with a longer file, it appends only what is missing; it prints
how many were written and how many were there already.

ndjson is what 'export' and 'read --json' print. A line needs a stream and a type; position, version and time are given anew. A line
without an id gets one made of its text and of how often the same line came before in the file.

dpkg is the log of Debian's package manager, /var/log/dpkg.log: a stream 'package-NAME', an event for each action and change of status.

The first wrong line or failed append ends it, with the line's number; what came before has been appended.)";

constexpr const char* kExportHelp =
    R"(All of them, or those of a stream, category or type. 'read --help' describes the lines.)";

std::string footer() {
  return "The address can stand in the environment, as ESKER_SERVER, and every option in the file "
         "that --config names.\n\n" +
         std::string(kExitCodesHelp);
}

/// A selection as it was given; what it means is checked when all is there.
struct Selection {
  std::string stream;
  bool all = false;
  std::string category;
  std::string type;
  std::string from;
  std::uint64_t limit = Query::kNoLimit;
  bool backwards = false;
};

void declare_selection(CLI::App& app, Selection& selection) {
  app.add_option("STREAM", selection.stream, "A stream");
  app.add_flag("--all", selection.all, "All events, in the log's order");
  app.add_option("--category", selection.category,
                 "The streams whose names begin with this and a '-'")
      ->type_name("NAME");
  app.add_option("--type", selection.type, "The events of this type")->type_name("NAME");
}

CLI::Option* declare_from(CLI::App& app, Selection& selection, const std::string& more) {
  return app
      .add_option("--from", selection.from,
                  "The first event: a version when a stream is given, otherwise a position" + more)
      ->type_name("N");
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

std::uint64_t from_of(const Selection& selection) {
  if (selection.from.empty()) return selection.backwards ? Query::kEnd : 0;
  const std::optional<std::uint64_t> number = parse_number(selection.from);
  if (!number) throw CLI::ValidationError("--from: '" + selection.from + "' is not a number");
  return *number;
}

Selector selector_of(const Selection& selection, bool all_by_default) {
  const int given = static_cast<int>(!selection.stream.empty()) + static_cast<int>(selection.all) +
                    static_cast<int>(!selection.category.empty()) +
                    static_cast<int>(!selection.type.empty());
  if (given > 1 || (given == 0 && !all_by_default)) {
    throw CLI::ValidationError("give one of STREAM, --all, --category and --type");
  }
  if (!selection.stream.empty()) return Selector::stream(selection.stream);
  if (!selection.category.empty()) return Selector::category(selection.category);
  if (!selection.type.empty()) return Selector::type(selection.type);
  return Selector::all();
}

Query query_of(const Selection& selection, bool all_by_default) {
  return {selector_of(selection, all_by_default),
          selection.backwards ? Direction::backwards : Direction::forwards, from_of(selection),
          selection.limit};
}

Expected expected_of(const std::string& text) {
  if (text == "any") return Expected::any();
  if (text == "no-stream") return Expected::no_stream();
  if (text == "exists") return Expected::stream_exists();
  const std::optional<std::uint64_t> version = parse_number(text);
  if (!version) {
    throw CLI::ValidationError("--expect: '" + text +
                               "' is not any, no-stream, exists or a version");
  }
  return Expected::exactly(Version(*version));
}

std::optional<EventId> id_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::optional<EventId> id = EventId::parse(text);
  if (!id || id->is_nil())
    throw CLI::ValidationError("--id: '" + text + "' is not the UUID of an event");
  return id;
}

/// The command line's shape, and what it puts where.
class CommandLine {
 public:
  CommandLine() : app_(kDescription, kName) {
    app_.footer(footer());
    app_.set_version_flag("--version", "es-cli " ESKER_VERSION);
    app_.set_config("--config", "", "A file of options, in TOML or INI form")->type_name("FILE");
    app_.allow_config_extras(CLI::config_extras_mode::error);
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.get_formatter()->column_width(32);
    app_.add_option("--server", options_.client.server, "The server's address")
        ->type_name("HOST:PORT")
        ->envname("ESKER_SERVER")
        ->capture_default_str();
    app_.add_option_function<std::uint32_t>(
            "--timeout",
            [this](const std::uint32_t& milliseconds) {
              options_.client.request_timeout = std::chrono::milliseconds(milliseconds);
            },
            "How long to wait for an answer, connecting again if need be")
        ->type_name("MS")
        ->default_str(std::to_string(options_.client.request_timeout.count()));
    app_.add_flag("--json", options_.json, "Print JSON, one object a line");
    declare_writing();
    declare_reading();
  }

  void parse(int count, char** arguments) { app_.parse(count, arguments); }
  [[nodiscard]] const CLI::App& app() const { return app_; }

  /// What was asked for. Throws a `CLI::ParseError` when that makes no sense.
  EsCliOptions options() {
    const CLI::App* const chosen = app_.get_subcommands().front();
    if (chosen == append_) {
      append_options_.expected = expected_of(expect_);
      append_options_.id = id_of(id_);
      options_.command = append_options_;
    } else if (chosen == read_) {
      options_.command = ReadOptions{query_of(selection_, false)};
    } else if (chosen == subscribe_) {
      const bool from_end = selection_.from == "end";
      if (from_end) selection_.from.clear();
      options_.command = SubscribeOptions{query_of(selection_, false), from_end};
    } else if (chosen == import_) {
      import_options_.format =
          format_ == "dpkg" ? ImportOptions::Format::dpkg : ImportOptions::Format::ndjson;
      options_.command = import_options_;
    } else if (chosen == export_) {
      options_.command = ExportOptions{query_of(selection_, true)};
    } else {
      options_.command = InfoOptions{};
    }
    return options_;
  }

 private:
  static constexpr const char* kName = "es-cli";

  CLI::App* add(const std::string& name, const std::string& what, const std::string& help) {
    CLI::App* const subcommand = app_.add_subcommand(name, what);
    subcommand->footer(help);
    return subcommand;
  }

  void declare_writing() {
    append_ = add("append", "Appends one event, and answers when it is durable", kAppendHelp);
    append_->add_option("STREAM", append_options_.stream, "The stream, such as order-1")
        ->required();
    append_->add_option("TYPE", append_options_.type, "The event's type, such as OrderPlaced")
        ->required();
    append_
        ->add_option("DATA", append_options_.data,
                     "The event's data; '-' takes standard input, '@FILE' a file")
        ->required();
    append_->add_option("--expect", expect_, "What the stream must be like")
        ->type_name("any|no-stream|exists|VERSION")
        ->capture_default_str();
    append_->add_option("--id", id_, "The event's id; a random one when not given")
        ->type_name("UUID");
    append_
        ->add_option("--metadata", append_options_.metadata, "What is to be kept beside the data")
        ->type_name("JSON");

    import_ = add("import", "Appends the events of a file", kImportHelp);
    import_->add_option("FILE", import_options_.file, "The file; '-' is standard input")
        ->required();
    import_->add_option("--format", format_, "What the lines are")
        ->check(CLI::IsMember({"ndjson", "dpkg"}))
        ->capture_default_str();
    import_
        ->add_option("--in-flight", import_options_.in_flight_max,
                     "Appends that wait for their answers at most")
        ->type_name("N")
        ->check(CLI::Range(1, 100'000).description(""))
        ->capture_default_str();
  }

  void declare_reading() {
    read_ = add("read", "Prints the events that are there", kReadHelp);
    declare_selection(*read_, selection_);
    declare_from(*read_, selection_, "");
    read_->add_option("--limit", selection_.limit, "How many events at most")
        ->type_name("N")
        ->transform(not_negative());
    read_->add_flag("--backwards", selection_.backwards,
                    "From the end, or from --from, to the beginning");

    subscribe_ =
        add("subscribe", "Prints the events that are there and those that come", kSubscribeHelp);
    declare_selection(*subscribe_, selection_);
    declare_from(*subscribe_, selection_, "; or 'end', for what comes next");
    subscribe_->add_option("--count", selection_.limit, "End after so many events")
        ->type_name("N")
        ->check(CLI::PositiveNumber)
        ->transform(not_negative());

    export_ = add("export", "Prints events as lines of JSON that import takes back", kExportHelp);
    declare_selection(*export_, selection_);
    declare_from(*export_, selection_, "");
    export_->add_option("--limit", selection_.limit, "How many events at most")
        ->type_name("N")
        ->transform(not_negative());

    add("info", "Prints the store's numbers: its id, its head, sizes and limits", "");
  }

  CLI::App app_;
  CLI::App* append_ = nullptr;
  CLI::App* read_ = nullptr;
  CLI::App* subscribe_ = nullptr;
  CLI::App* import_ = nullptr;
  CLI::App* export_ = nullptr;
  EsCliOptions options_;
  AppendOptions append_options_;
  ImportOptions import_options_;
  Selection selection_;
  std::string expect_ = "any";
  std::string id_;
  std::string format_ = "ndjson";
};

}  // namespace

std::variant<EsCliOptions, ExitCode> parse_es_cli_options(int count, char** arguments) {
  CommandLine line;
  return parsed(line.app(), [&] {
    line.parse(count, arguments);
    return line.options();
  });
}

}  // namespace esker::tools
