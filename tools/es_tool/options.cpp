#include "es_tool/options.hpp"

#include <CLI/CLI.hpp>
#include <map>

#include "common/command_line.hpp"

namespace esker::tools {
namespace {

using Command = EsToolOptions::Command;

constexpr const char* kDescription =
    "Looks after an Esker store's directory, and makes copies of it.\n\n"
    "  es-tool verify ./data           is every byte as it was written?\n"
    "  es-tool stats ./data            what is in it\n"
    "  es-tool dump ./data --from 100  the records themselves\n"
    "  es-tool repair ./data           mends what can be mended without losing anything\n"
    "  es-tool rebuild-index ./data    makes the index again from the log\n"
    "  es-tool backup ./data ./monday  a second store with the same events, while the first is in "
    "use\n"
    "  es-tool restore ./monday ./data --at 1000  a store as it was, from a backup\n"
    "  es-tool branch ./data ./trial   a store that goes its own way from here, at once\n"
    "  es-tool root ./data             what the log hashes to; prove and check go with it\n";

constexpr const char* kFooter =
    R"(backup, restore and branch copy a store also while es-server has it open, and check needs none. Every other command takes
the store's lock: stop es-server first, the message names its process.
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
zeros where nothing is, the watermark, the index against the log, and the tree files, if there are any: their hashes must be those
of the events. Each fault is named by file and offset.
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

constexpr const char* kCopyHelp =
    R"(The copy is a whole store: open it, verify it, copy it again. Sealed segments are shared with the store
by hard links where both are on one file system, otherwise their blocks are shared (XFS, btrfs) or they are copied. What is
shared takes no time and no space, and nothing is ever written to it; but it is one copy on one disk, which a bad disk takes
away from both. With --copy nothing is shared.

All that had been acknowledged before the command was given is in the copy. Where a running server has not yet noted that its
last events are durable, this waits for up to 3 s, and then has the system write them.

An interrupted copy is marked as unfinished, and no store is opened from it: give the same command again.

)";

constexpr const char* kBackupHelp =
    R"(With --base EARLIER, the last backup, whatever that has already is linked from there instead of copied again. Either can
then be removed without the other.

)";

constexpr const char* kBranchHelp =
    R"(For tests on real data, rehearsals and what-ifs: the branch has the store's events, and from then on neither sees what
is appended to the other. Nothing is read but the last segment, so it takes the same time for a large store as for a small one;
es-tool verify checks it.

)";

constexpr const char* kCompactHelp =
    R"(Sealed segments are rewritten, one after the other, and small ones that follow each other are merged; positions and
versions stay. It may be interrupted and run again. 'es-cli compact' does the same while
the server runs. What has been released is gone then: backups made before still have it.

)";

constexpr const char* kCompressHelp =
    R"(Sealed segments become independent zstd blocks with a dictionary of their own; every event reads as before, and every
other command takes them as they are. Each is read back and compared before its old file goes, so it may be interrupted and run
again. 'es-server --compress-after' does the same while the server runs, and 'es-tool compact' makes plain segments again where
it releases something.

)";

constexpr const char* kProofsHelp =
    R"(A root is what the log up to a position hashes to: who has kept one can be shown later, with a proof, that an event was
there then, and that the log has only grown since. 'es-tool check' tells whether a proof holds. Roots and proofs are those that
the server gives. A store that keeps a tree (es-server --proofs) answers at once; of another one the log is read from its
beginning, which works as long as compaction has released nothing.

)";

constexpr const char* kCheckHelp =
    R"(Each file has one proof as 'prove' prints it, or roots as 'root' prints them, a line each. The roots decide: they must
come from where nobody could change them. Without --store nothing is read but the files, and of an event only its hash is
known. With it, the hash is made from the event as it is in that store, so that a changed one is found.

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

CLI::App* add_copy(CLI::App& app, EsToolOptions& options, const std::string& name, Command command,
                   const std::string& help, const std::string& more) {
  CLI::App* const sub = add(app, options, name, command, help, more);
  sub->add_option("NEWDIR", options.target,
                  "Where the copy is made: an empty directory, or one that does not exist yet")
      ->required();
  add_json(sub, options, "One JSON object");
  return sub;
}

void add_checks(CLI::App* sub, EsToolOptions& options) {
  sub->add_flag("--copy", options.copy, "Share nothing: a real copy of every file");
  sub->add_flag("--no-verify", options.no_verify,
                "Do not check the sealed segments, and read only what is copied");
}

void add_at(CLI::App* sub, EsToolOptions& options) {
  sub->add_option(
         "--at", options.at,
         "Up to the last commit that is whole at this position, or at this time (UTC) such "
         "as 2026-01-31T12:30")
      ->type_name("POSITION|TIME");
}

void declare_copies(CLI::App& app, EsToolOptions& options) {
  CLI::App* const backup = add_copy(
      app, options, "backup", Command::backup,
      "Makes a second store with the same events, also while the first is in use, and checks "
      "every byte.",
      std::string(kBackupHelp) + kCopyHelp);
  backup->add_option("--base", options.base, "An earlier backup, to share files with")
      ->type_name("EARLIER");
  add_checks(backup, options);

  CLI::App* const restore = add_copy(
      app, options, "restore", Command::restore,
      "Makes a store of a backup, all of it or as it was at a position or time.", kCopyHelp);
  add_at(restore, options);
  add_checks(restore, options);

  CLI::App* const branch =
      add_copy(app, options, "branch", Command::branch,
               "Makes a store that begins with another one's events and goes its own way.",
               std::string(kBranchHelp) + kCopyHelp);
  add_at(branch, options);
}

void declare(CLI::App& app, EsToolOptions& options) {
  CLI::App* const verify =
      add(app, options, "verify", Command::verify,
          "Reads everything, checks it, and names file and offset of each fault.", kVerifyHelp);
  verify->add_flag("--log-only", options.log_only, "Leave the index and the tree out");
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

  declare_copies(app, options);

  CLI::App* const rebuild =
      add(app, options, "rebuild-index", Command::rebuild_index,
          "Makes all index files again from the log; each takes the old one's "
          "place in one step, so this may be interrupted.");
  add_json(rebuild, options, "One JSON object");

  CLI::App* const compact = add(
      app, options, "compact", Command::compact,
      "Takes away for good what metadata, deletions, newer snapshots and newer checkpoints have "
      "released.",
      kCompactHelp);
  compact->add_flag("--dry-run", options.dry_run,
                    "Tell what would be released, by class of streams, and change nothing");
  compact->add_option("--snapshots-kept", options.snapshots_kept, "As es-server has it")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_json(compact, options, "One JSON object");
}

void declare_compress(CLI::App& app, EsToolOptions& options) {
  CLI::App* const compress =
      add(app, options, "compress", Command::compress,
          "Compresses sealed segments, and tells what that gains and what a read costs then.",
          kCompressHelp);
  CLI::Validator unit = CLI::AsNumberWithUnit(
      std::map<std::string, std::uint64_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}});
  unit.description("");  // the type's name says it
  compress
      ->add_option("--older-than", options.older_than_seconds,
                   "Only segments whose last event was recorded so long ago")
      ->type_name("N(s|m|h|d)")
      ->transform(unit);
  compress->add_option("--level", options.level, "zstd's: more takes longer and makes less")
      ->check(CLI::Range(1, 19))
      ->capture_default_str();
  add_json(compress, options, "One JSON object");
}

void declare_proofs(CLI::App& app, EsToolOptions& options) {
  declare_root(*add(app, options, "root", Command::root, kRootHelp, kProofsHelp), options.proof);
  declare_prove(*add(app, options, "prove", Command::prove, kProveHelp, kProofsHelp),
                options.proof);

  CLI::App* const check =
      app.add_subcommand("check", "Checks proofs against roots that have been kept.");
  check->footer(std::string(kCheckHelp) + kFooter);
  check->add_option("FILE", options.files, "Files of proofs and of roots; - is standard input")
      ->required();
  check->add_option("--store", options.directory, "Take the events from the store there")
      ->type_name("DIR");
  check->final_callback([&options] { options.command = Command::check; });
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
  declare_compress(app, options);
  declare_proofs(app, options);
  return parsed(app, [&] {
    app.parse(count, arguments);
    return options;
  });
}

}  // namespace esker::tools
