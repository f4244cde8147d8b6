#include "es_tool/options.hpp"

#include <CLI/CLI.hpp>

#include "common/command_line.hpp"

namespace esker::tools {
namespace {

using Command = EsToolOptions::Command;

constexpr const char* kDescription =
    "Looks after an Esker store's directory while no server has it open.\n\n"
    "  es-tool verify ./data           is every byte as it was written?\n"
    "  es-tool stats ./data            what is in it\n"
    "  es-tool dump ./data --from 100  the records themselves\n"
    "  es-tool repair ./data           mends what can be mended without losing anything\n"
    "  es-tool rebuild-index ./data    makes the index again from the log\n";

constexpr const char* kFooter =
    R"(Every command takes the store's lock: stop es-server first, the message names its process.
Results go to standard output, errors and progress (on a terminal) to standard error.

Exit codes:
  0    done; verify: no fault; repair: the store is whole
  1    failed or a fault was found: the message says which; repair: something is left to do
  2    the command line is wrong; nothing was done
  4    the store is open in another process, or there is no space; nothing was done
  130  interrupted
)";

constexpr const char* kVerifyHelp =
    R"(Checked are every checksum, position, version, time and commit, headers, footers and offset tables, that there are
zeros where nothing is, the watermark, and the index against the log. Each fault is named by file and offset.
A torn tail, which opening the store cuts, is a note and no fault. Nothing is changed.

)";

constexpr const char* kRepairHelp =
    R"(Nothing is ever destroyed: what is taken out of a file is first copied into DIR/set-aside-TIME. A repair may be
interrupted and run again.

Without --cut no event is lost: offset tables, footers and the index are made again from the records, bytes that
should be zero are zeroed, a missing watermark is written anew, files that never became part of the store are removed.

With --cut, and only when events are damaged or missing: the log ends at the last whole commit before the first loss,
and all events behind it, intact or not, are set aside. Try --dry-run --cut first, and think of a backup.

)";

CLI::App* add(CLI::App& app, EsToolOptions& options, const std::string& name, Command command,
              const std::string& help, const std::string& more = {}) {
  CLI::App* const sub = app.add_subcommand(name, help);
  sub->footer(more + kFooter);
  sub->add_option("DIR", options.directory, "The store's directory")->required();
  sub->final_callback([&options, command] { options.command = command; });
  return sub;
}

void add_json(CLI::App* sub, EsToolOptions& options, const std::string& what) {
  sub->add_flag("--json", options.json, what);
}

void declare(CLI::App& app, EsToolOptions& options) {
  CLI::App* const verify =
      add(app, options, "verify", Command::verify,
          "Reads everything, checks it, and names file and offset of each fault.", kVerifyHelp);
  verify->add_flag("--log-only", options.log_only, "Leave the index out");
  add_json(verify, options, "One JSON object a line: each finding, then a summary");

  CLI::App* const dump =
      add(app, options, "dump", Command::dump, "Prints segments and their records.");
  dump->add_option("--segment", options.segment, "Only this one, by its number")
      ->type_name("N")
      ->transform(not_negative());
  dump->add_option("--from", options.from, "The first position to print")
      ->type_name("N")
      ->transform(not_negative());
  dump->add_option("--limit", options.limit, "So many records at most")
      ->type_name("N")
      ->transform(not_negative());
  dump->add_flag("--data", options.data, "Data and metadata too");
  add_json(dump, options,
           "The events of whole commits, one JSON object a line, as es-cli export prints and "
           "import takes them");

  CLI::App* const stats = add(app, options, "stats", Command::stats,
                              "Counts segments, events, bytes, streams, types and index files.");
  add_json(stats, options, "One JSON object");

  CLI::App* const repair = add(
      app, options, "repair", Command::repair,
      "Mends a damaged store so that it opens again, and never destroys anything.", kRepairHelp);
  repair->add_flag("--cut", options.cut,
                   "End the log before the first loss, and set aside what is behind");
  repair->add_flag("--dry-run", options.dry_run, "Tell what would be done, and change nothing");
  add_json(repair, options, "One JSON object a line: each finding and action, then a summary");

  CLI::App* const rebuild =
      add(app, options, "rebuild-index", Command::rebuild_index,
          "Makes all index files again from the log; each takes the old one's "
          "place in one step, so this may be interrupted.");
  add_json(rebuild, options, "One JSON object");
}

}  // namespace

std::variant<EsToolOptions, ExitCode> parse_es_tool_options(int count, char** arguments) {
  EsToolOptions options;
  CLI::App app(kDescription, "es-tool");
  app.footer(kFooter);
  app.set_version_flag("--version", "es-tool " ESKER_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(30);
  declare(app, options);
  return parsed(app, [&] {
    app.parse(count, arguments);
    return options;
  });
}

}  // namespace esker::tools
