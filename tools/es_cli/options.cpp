#include "es_cli/options.hpp"

#include <CLI/CLI.hpp>

#include "common/command_line.hpp"
#include "es_cli/selection.hpp"

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

  es-cli append order-2 SeatTaken '{}' --tag seat=14 --unless 'SeatTaken #seat=14' --after 120

With --unless the event is only appended if no such event has come behind the position up to which you have read.

An append is idempotent by its event's id: with the same --id it is written once, however often it is tried.)";

constexpr const char* kReadHelp =
    R"(Give a stream, or one of --all, --category, --prefix, --id. Of what that reaches --type, --tag and --item select; alone, of all.

  es-cli read --tag course=c1 --tag student=s1              events with both tags
  es-cli read --item 'CourseDefined #course=c1' --item '#student=s1'
  es-cli read account-7 --from-last AccountSnapshotted      the last snapshot and what came behind it
  es-cli read --prefix order-2026 --streams                 the streams that there are

With --json an event is one line with the keys position, stream, version, id, type, time, tags, data, metadata; data that is not JSON
comes in base64 under data_base64, metadata under metadata_base64; what is empty has no key.)";

constexpr const char* kSubscribeHelp =
    R"(Select as for 'read'. Ends after --count events, when none to come can lie within --to, --until and --as-of, or by a signal; goes on
by itself when the connection breaks or the server starts again.)";

constexpr const char* kImportHelp =
    R"(The events keep the file's order. Run again after an interruption, or with a longer file, it appends only what is missing; it prints
how many were written and how many were there already.

ndjson is what 'export' and 'read --json' print. A line needs a stream and a type; position, version and time are given anew. A line
without an id gets one made of its text and of how often the same line came before in the file.

dpkg is the log of Debian's package manager, /var/log/dpkg.log: a stream 'package-NAME', an event for each action and change of status.

The first wrong line or failed append ends it, with the line's number; what came before has been appended.)";

constexpr const char* kExportHelp =
    R"(All of them, or those of a stream, category or type. 'read --help' describes the lines.)";

constexpr const char* kMetadataHelp =
    R"(  es-cli metadata session-7 --max-count 100 --max-age 86400

Without options it prints what is set; with some it changes these and keeps the others. Readers honour it at once; compaction frees the
space. Events are released from the stream's beginning on, and versions never change.)";

constexpr const char* kDeleteHelp =
    R"(The stream reads as absent at once, and compaction takes its events away for good. It may be written again; its versions go on.)";

constexpr const char* kSnapshotHelp =
    R"(  es-cli snapshot order-1 120 OrderState '{"total": 42}'    saves the state after the event of version 120
  es-cli snapshot order-1                                   prints the newest one
  es-cli read order-1 --from-snapshot                       it, and the events behind it)";

constexpr const char* kProofsHelp =
    R"(A root is what the log up to a position hashes to: who has kept one can be shown later, with a proof, that an event was
there then, and that the log has only grown since. The server must keep a tree (es-server --proofs). 'es-cli check' tells whether
a proof holds.)";

constexpr const char* kCheckHelp =
    R"(Each file has one proof as 'prove' prints it, or roots as 'root' prints them, a line each. The roots decide: they must
come from where nobody could change them. An event's hash is made from the event; 'es-tool check' looks at the files alone.)";

constexpr const char* kCompactHelp =
    R"(What metadata, deletions, newer snapshots and newer checkpoints have released takes space until then. Sealed segments are rewritten
without it, one after the other, and small ones that follow each other are merged; positions and versions stay, and nobody who reads is
disturbed. Interrupting this command leaves the server at it: --status tells how far it is.)";

constexpr const char* kExplain =
    "Say on standard error what answering took: questions to the index, postings that it answered "
    "with, records looked at, time";

std::string footer() {
  return "The address can stand in the environment, as ESKER_SERVER, and every option in the file "
         "that --config names.\n\n" +
         std::string(kExitCodesHelp);
}

/// The value, or what CLI11 reports of a mistake.
template <class T>
T checked(Result<T> result) {
  if (!result) throw CLI::ValidationError(result.assume_error().message());
  return std::move(result).assume_value();
}

CLI::Option* repeatable(CLI::Option* option) { return option->allow_extra_args(false); }

void declare_selection(CLI::App& app, Selection& selection) {
  app.add_option("STREAM", selection.stream, "A stream");
  app.add_flag("--all", selection.all, "All events, in the log's order");
  app.add_option("--category", selection.category,
                 "The streams whose names begin with this and a '-'")
      ->type_name("NAME");
  app.add_option("--prefix", selection.prefix, "The streams whose names begin with this")
      ->type_name("TEXT");
  app.add_option("--id", selection.id, "The event of this id, in whatever stream it is")
      ->type_name("UUID");
  repeatable(app.add_option("--type", selection.types,
                            "Of these the events of this type; again: or of this type"))
      ->type_name("NAME");
  repeatable(app.add_option("--tag", selection.tags,
                            "Of these the events with this tag; again: and with this tag"))
      ->type_name("NAME=VALUE");
  repeatable(app.add_option("--item", selection.items,
                            "Also what this selects: types, any of them, and #tags, all of them"))
      ->type_name("'TYPE… #TAG…'");
  app.add_flag("--streams", selection.streams, "Only the first event of each stream");
  app.add_flag("--system", selection.system,
               "Of all events, also those of the store's own streams, whose names begin with $");
}

void declare_bounds(CLI::App& app, Selection& selection) {
  app.add_option("--to", selection.to, "The last event, as a number like that of --from")
      ->type_name("N");
  app.add_option("--until", selection.until, "Only what was recorded until then")
      ->type_name("TIME");
  app.add_option("--as-of", selection.as_of,
                 "As the store was when its last event had this position")
      ->type_name("N")
      ->transform(not_negative());
}

void declare_from(CLI::App& app, Selection& selection, const std::string& more) {
  app.add_option("--from", selection.from,
                 "The first event: a version when a stream is given, otherwise a position" + more)
      ->type_name("N");
  app.add_option("--from-last", selection.from_last,
                 "Begin at the last event of this type, such as a snapshot, if there is one")
      ->type_name("TYPE");
  app.add_option("--since", selection.since, "Only what was recorded at this time or later, in UTC")
      ->type_name("TIME");
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
    declare_keeping();
  }

  void parse(int count, char** arguments) { app_.parse(count, arguments); }
  [[nodiscard]] const CLI::App& app() const { return app_; }

  /// What was asked for. Throws a `CLI::ParseError` when that makes no sense.
  EsCliOptions options() {
    const CLI::App* const chosen = app_.get_subcommands().front();
    if (chosen == append_) {
      append_options_.expected = checked(parse_expected(expect_));
      append_options_.id = id_of(id_);
      append_options_.condition = condition();
      options_.command = append_options_;
    } else if (chosen == read_) {
      options_.command = ReadOptions{checked(query_of(selection_, false))};
    } else if (chosen == subscribe_) {
      const bool from_end = selection_.from == "end";
      if (from_end) selection_.from.clear();
      options_.command = SubscribeOptions{checked(query_of(selection_, false)), from_end,
                                          !selection_.from_checkpoint.empty()};
    } else if (chosen == import_) {
      import_options_.format =
          format_ == "dpkg" ? ImportOptions::Format::dpkg : ImportOptions::Format::ndjson;
      options_.command = import_options_;
    } else if (chosen == export_) {
      options_.command = ExportOptions{checked(query_of(selection_, true))};
    } else if (chosen == metadata_) {
      options_.command = metadata_options_;
    } else if (chosen == delete_) {
      delete_options_.expected = checked(parse_expected(delete_expect_));
      options_.command = delete_options_;
    } else if (chosen == snapshot_) {
      const auto given =
          snapshot_->count("VERSION") + snapshot_->count("TYPE") + snapshot_->count("DATA");
      snapshot_options_.save = given == 3;
      if (given != 0 && given != 3) {
        throw CLI::ValidationError("to save a snapshot give VERSION, TYPE and DATA");
      }
      options_.command = snapshot_options_;
    } else if (chosen == checkpoint_) {
      options_.command = checkpoint_options_;
    } else if (chosen == compact_) {
      options_.command = compact_options_;
    } else if (chosen == root_) {
      options_.command = root_options_;
    } else if (chosen == prove_) {
      options_.command = prove_options_;
    } else if (chosen == check_) {
      options_.command = check_options_;
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

  [[nodiscard]] std::optional<Condition> condition() const {
    if (unless_.empty()) {
      if (after_ != 0) throw CLI::ValidationError("--after wants an --unless");
      return std::nullopt;
    }
    Condition condition;
    for (const std::string& item : unless_) {
      condition.filter.items.push_back(checked(parse_item(item)));
    }
    condition.after = Position(after_);
    return condition;
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
    repeatable(append_->add_option("--tag", append_options_.tags,
                                   "What the event can be found by; may be given again"))
        ->type_name("NAME=VALUE");
    repeatable(append_->add_option("--unless", unless_,
                                   "Only if there is no such event: types, any of them, and #tags, "
                                   "all of them; again: nor such"))
        ->type_name("'TYPE… #TAG…'");
    append_->add_flag("--explain", append_options_.explain, kExplain);
    append_->add_option("--after", after_, "For --unless: behind this position; default: at all")
        ->type_name("POSITION")
        ->transform(not_negative());

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
    declare_bounds(*read_, selection_);
    read_->add_option("--limit", selection_.limit, "How many events at most")
        ->type_name("N")
        ->transform(not_negative());
    read_->add_flag("--backwards", selection_.backwards,
                    "From the end, or from --from, to the beginning");
    read_->add_flag("--explain", selection_.explain, kExplain);

    subscribe_ =
        add("subscribe", "Prints the events that are there and those that come", kSubscribeHelp);
    declare_selection(*subscribe_, selection_);
    declare_from(*subscribe_, selection_, "; or 'end', for what comes next");
    declare_bounds(*subscribe_, selection_);
    subscribe_->add_option("--count", selection_.limit, "End after so many events")
        ->type_name("N")
        ->check(CLI::PositiveNumber)
        ->transform(not_negative());

    export_ = add("export", "Prints events as lines of JSON that import takes back", kExportHelp);
    declare_selection(*export_, selection_);
    declare_from(*export_, selection_, "");
    declare_bounds(*export_, selection_);
    export_->add_option("--limit", selection_.limit, "How many events at most")
        ->type_name("N")
        ->transform(not_negative());

    declare_checkpoint(*read_, "Begin behind the checkpoint of this name");
    declare_checkpoint(*subscribe_,
                       "Begin behind the checkpoint of this name, and save there how far what has "
                       "been printed goes");
    read_->add_flag("--from-snapshot", selection_.from_snapshot,
                    "Of one stream: its newest snapshot, and what came behind that");

    add("info", "Prints the store's numbers: its id, its head, sizes and limits", "");
  }

  void declare_checkpoint(CLI::App& app, const std::string& what) {
    app.add_option("--checkpoint", selection_.from_checkpoint, what)->type_name("NAME");
  }

  void declare_keeping() {
    metadata_ = add("metadata", "Shows or changes what is kept of a stream", kMetadataHelp);
    metadata_->add_option("STREAM", metadata_options_.stream, "The stream")->required();
    metadata_
        ->add_option("--max-count", metadata_options_.max_count,
                     "Keep only the last so many events; 0: all")
        ->type_name("N")
        ->transform(not_negative());
    metadata_
        ->add_option("--max-age", metadata_options_.max_age_s,
                     "Keep only events not older than this; 0: all")
        ->type_name("SECONDS")
        ->transform(not_negative());
    metadata_
        ->add_option("--truncate-before", metadata_options_.truncate_before,
                     "Keep only events from this version on; 0: all")
        ->type_name("VERSION")
        ->transform(not_negative());
    metadata_
        ->add_option("--custom", metadata_options_.custom,
                     "An object of your own instead of the one that is there; '' for none")
        ->type_name("JSON");

    delete_ = add("delete", "Deletes a stream", kDeleteHelp);
    delete_->add_option("STREAM", delete_options_.stream, "The stream")->required();
    delete_->add_option("--expect", delete_expect_, "What the stream must be like")
        ->type_name("any|exists|VERSION")
        ->capture_default_str();
    delete_->add_flag("--tombstone", delete_options_.tombstone,
                      "For ever: nothing can be appended to it any more");

    snapshot_ = add("snapshot", "Prints or saves a stream's newest snapshot", kSnapshotHelp);
    snapshot_->add_option("STREAM", snapshot_options_.stream, "The stream")->required();
    snapshot_
        ->add_option("VERSION", snapshot_options_.version,
                     "To save one: of the last event that it knows")
        ->check(CLI::PositiveNumber)
        ->transform(not_negative());
    snapshot_->add_option("TYPE", snapshot_options_.type, "Its type, such as OrderState");
    snapshot_->add_option("DATA", snapshot_options_.data,
                          "Its data; '-' takes standard input, '@FILE' a file");

    checkpoint_ = add("checkpoint", "Prints or saves how far a subscriber has got", "");
    checkpoint_->add_option("NAME", checkpoint_options_.name, "The subscriber's name")->required();
    checkpoint_
        ->add_option("POSITION", checkpoint_options_.position,
                     "To save it: of the last event that is done")
        ->transform(not_negative());

    compact_ = add("compact", "Has the server take away what has been released, and waits for it",
                   kCompactHelp);
    compact_->add_flag("--dry-run", compact_options_.compaction.dry_run,
                       "Only tell what there is to be released");
    compact_
        ->add_option("--rate", compact_options_.compaction.bytes_per_second,
                     "Bytes read and written a second at most; 0: as fast as it goes")
        ->type_name("BYTES")
        ->transform(CLI::AsSizeValue(false))
        ->capture_default_str();
    compact_->add_flag("--status", compact_options_.status, "Only tell how far it is");
    declare_proofs();
  }

  void declare_proofs() {
    root_ = add("root", kRootHelp, kProofsHelp);
    declare_root(*root_, root_options_);
    prove_ = add("prove", kProveHelp, kProofsHelp);
    declare_prove(*prove_, prove_options_);
    check_ = add("check", "Checks proofs against roots that have been kept", kCheckHelp);
    check_
        ->add_option("FILE", check_options_.files,
                     "Files of proofs and of roots; '-' is standard input")
        ->required();
  }

  CLI::App app_;
  CLI::App* append_ = nullptr;
  CLI::App* read_ = nullptr;
  CLI::App* subscribe_ = nullptr;
  CLI::App* import_ = nullptr;
  CLI::App* export_ = nullptr;
  CLI::App* metadata_ = nullptr;
  CLI::App* delete_ = nullptr;
  CLI::App* snapshot_ = nullptr;
  CLI::App* checkpoint_ = nullptr;
  CLI::App* compact_ = nullptr;
  CLI::App* root_ = nullptr;
  CLI::App* prove_ = nullptr;
  CLI::App* check_ = nullptr;
  EsCliOptions options_;
  AppendOptions append_options_;
  ImportOptions import_options_;
  MetadataOptions metadata_options_;
  DeleteOptions delete_options_;
  SnapshotOptions snapshot_options_;
  CheckpointOptions checkpoint_options_;
  CompactOptions compact_options_;
  RootOptions root_options_;
  ProveOptions prove_options_;
  CheckOptions check_options_;
  Selection selection_;
  std::string expect_ = "any";
  std::string delete_expect_ = "exists";
  std::vector<std::string> unless_;
  std::uint64_t after_ = 0;
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
