#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "programs/served.hpp"

namespace esker::support {
namespace {

/// A server for one test.
struct Fixture {
  Finished cli(std::vector<std::string> arguments, std::string_view input = {}) {
    return support::cli(served.address(), std::move(arguments), input);
  }
  Process start(std::vector<std::string> arguments) {
    std::vector<std::string> all{ESKER_ES_CLI, "--server", served.address()};
    for (std::string& argument : arguments) all.push_back(std::move(argument));
    return Process(std::move(all));
  }
  void append(const std::string& stream, const std::string& type, const std::string& data) {
    const Finished done = cli({"append", stream, type, data});
    REQUIRE_MESSAGE(done.exit.code == 0, done.error);
  }
  void write_file(std::string_view name, std::string_view text) const {
    std::ofstream(directory / name, std::ios::binary) << text;
  }

  TemporaryDirectory directory;
  Served served{directory / "data"};
};

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::size_t lines(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

/// Without positions and times, which an import gives anew.
std::string without_times(const std::string& ndjson) {
  std::string kept;
  for (std::size_t at = 0; at < ndjson.size();) {
    const std::size_t begin = ndjson.find(R"("time":")", at);
    kept += ndjson.substr(at, begin - at);
    if (begin == std::string::npos) break;
    at = ndjson.find(',', begin);
  }
  return kept;
}

constexpr std::string_view kDpkgLog =
    "2026-01-02 03:04:05 startup archives unpack\n"
    "2026-01-02 03:04:05 install hello:amd64 <none> 2.10-3\n"
    "2026-01-02 03:04:05 status half-installed hello:amd64 2.10-3\n"
    "2026-01-02 03:04:06 status unpacked hello:amd64 2.10-3\n"
    "2026-01-02 03:04:06 conffile /etc/hello keep\n"
    "2026-01-02 03:04:06 status unpacked hello:amd64 2.10-3\n"
    "2026-01-02 03:04:07 configure hello:amd64 2.10-3 <none>\n";

TEST_SUITE("programs") {
  TEST_CASE_FIXTURE(Fixture, "es_cli: append answers with version, position and id") {
    const std::string id = "0189f7ea-1234-4abc-8def-0123456789ab";
    const Finished first =
        cli({"append", "order-1", "Placed", "{}", "--id", id, "--metadata", "[1]"});
    CHECK(first.exit.code == 0);
    CHECK(first.output == "written: order-1 version 1, position 1, id " + id + "\n");
    const Finished again = cli({"append", "order-1", "Placed", "{}", "--id", id, "--json"});
    CHECK(again.exit.code == 0);
    CHECK(again.output ==
          R"({"outcome":"already_there","position":1,"stream":"order-1","version":1,"id":")" + id +
              "\"}\n");
    CHECK(first.error + again.error == "");
    CHECK(has(cli({"read", "order-1", "--json"}).output, R"("data":{},"metadata":[1]})"));
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: append takes data from standard input and from a file") {
    const std::string binary("a\0b\n\xff", 5);
    write_file("bytes", binary);
    CHECK(cli({"append", "s", "T", "-"}, binary).exit.code == 0);
    CHECK(cli({"append", "s", "T", "@" + (directory / "bytes")}).exit.code == 0);
    const std::string read = cli({"--json", "read", "s"}).output;
    CHECK(lines(read) == 2);
    CHECK(has(read.substr(0, read.find('\n')), R"("data_base64":"YQBiCv8=")"));
    CHECK(has(read.substr(read.find('\n')), R"("data_base64":"YQBiCv8=")"));
    const Finished missing = cli({"append", "s", "T", "@" + (directory / "missing")});
    CHECK(missing.exit.code == 1);
    CHECK(is_one_line_of(missing.error, "es-cli"));
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: an expectation that does not hold is a conflict") {
    CHECK(cli({"append", "s", "T", "1", "--expect", "exists"}).exit.code == 3);
    CHECK(cli({"append", "s", "T", "1", "--expect", "no-stream"}).exit.code == 0);
    CHECK(cli({"append", "s", "T", "2", "--expect", "1"}).exit.code == 0);
    CHECK(cli({"append", "s", "T", "3", "--expect", "any"}).exit.code == 0);
    const Finished conflict = cli({"append", "s", "T", "4", "--expect", "2"});
    CHECK(conflict.exit.code == 3);
    CHECK(conflict.output.empty());
    CHECK(is_one_line_of(conflict.error, "es-cli"));
    CHECK(has(conflict.error, "version 3"));
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: read selects, begins, ends and turns round as told") {
    append("order-1", "Placed", "1");
    append("order-2", "Placed", "2");
    append("invoice-1", "Sent", "3");
    append("order-1", "Paid", "4");
    const auto data = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), {"read", "--json"});
      const Finished read = cli(std::move(arguments));
      CHECK_MESSAGE(read.exit.code == 0, read.error);
      std::string all;
      for (std::size_t at = 0; (at = read.output.find("\"data\":", at)) != std::string::npos;) {
        all += read.output[at += 7];
      }
      return all;
    };
    CHECK(data({"--all"}) == "1234");
    CHECK(data({"order-1"}) == "14");
    CHECK(data({"--category", "order"}) == "124");
    CHECK(data({"--type", "Placed"}) == "12");
    CHECK(data({"--all", "--from", "3"}) == "34");
    CHECK(data({"--all", "--limit", "2"}) == "12");
    CHECK(data({"--all", "--backwards", "--limit", "3"}) == "432");
    CHECK(data({"--all", "--backwards", "--from", "2"}) == "21");
    CHECK(data({"order-1", "--from", "2"}) == "4");
    CHECK(data({"nothing-here"}).empty());
    CHECK(data({"--prefix", "order-"}) == "124");
    CHECK(data({"--prefix", "order-", "--streams"}) == "12");
    CHECK(data({"--type", "Placed", "--type", "Sent"}) == "123");
    CHECK(data({"--item", "Paid", "--item", "Sent"}) == "34");
    CHECK(data({"--all", "--from", "2", "--to", "3"}) == "23");
    CHECK(data({"--all", "--as-of", "2"}) == "12");
    CHECK(data({"--all", "--since", "2020-01-01"}) == "1234");
    CHECK(data({"--all", "--until", "2020-01-01T00:00:00Z"}).empty());
    CHECK(data({"order-1", "--from-last", "Paid"}) == "4");
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: tags are kept, found and shown") {
    const Finished tagged = cli({"append", "s", "T", "1", "--tag", "a=1", "--tag", "b", "--id",
                                 "0189f7ea-1234-4abc-8def-0123456789ab"});
    CHECK_MESSAGE(tagged.exit.code == 0, tagged.error);
    append("s", "T", "2");
    CHECK(has(cli({"read", "--tag", "a=1", "--tag", "b"}).output, "#a=1  #b"));
    CHECK(cli({"read", "--tag", "a=1", "--tag", "c"}).output.empty());
    const std::string line = cli({"read", "--json", "--item", "T #b"}).output;
    CHECK(has(line, R"("tags":["a=1","b"])"));
    CHECK(cli({"read", "--json", "--id", "0189f7ea-1234-4abc-8def-0123456789ab"}).output == line);
    for (const char* const wrong : {"", "a\nb"}) {
      const Finished refused = cli({"append", "s", "T", "1", "--tag", wrong});
      CHECK(refused.exit.code == 2);
      CHECK(is_one_line_of(refused.error, "es-cli"));
    }
    CHECK(cli({"append", "s", "T", "1", "--tag", std::string(300, 'x')}).exit.code == 2);
    CHECK(cli({"append", "s", "T", "1", "--tag", std::string(70'000, 'x')}).exit.code == 2);
    CHECK(cli({"read", "--tag", std::string(300, 'x')}).exit.code == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: what must not have happened is a conflict that names it") {
    const std::vector<std::string> take = {"append", "seat-1", "Taken",    "{}",
                                           "--tag",  "seat=1", "--unless", "Taken #seat=1"};
    CHECK(cli(take).exit.code == 0);
    const Finished taken = cli(take);
    CHECK(taken.exit.code == 3);
    CHECK(is_one_line_of(taken.error, "es-cli"));
    CHECK(has(taken.error, "\"Taken\" at position 1"));
    std::vector<std::string> later = take;
    later.insert(later.end(), {"--after", "1"});
    CHECK(cli(later).exit.code == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: what answering took is told beside the data") {
    const Finished appended = cli({"append", "s", "T", "1", "--explain"});
    CHECK(appended.exit.code == 0);
    CHECK(has(appended.error, "look-up"));
    const Finished read = cli({"read", "--type", "T", "--explain"});
    CHECK(std::ranges::count(read.output, '\n') == 1);
    CHECK(is_one_line_of(read.error, "es-cli"));
    CHECK(has(read.error, "1 record"));
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: what is shown to people moves no cursor and breaks no line") {
    append("s", "T", "one\ntwo\x1b[2J\xc2\x9b");
    append("s", "T", "\xff\xfe");
    const std::string shown = cli({"read", "s"}).output;
    CHECK(lines(shown) == 2);
    CHECK(has(shown, R"(one\ntwo\x1b[2J\x9b)"));
    CHECK(has(shown, "<2 bytes>"));
  }

  TEST_CASE_FIXTURE(Fixture,
                    "es_cli: a read from beyond the end and a wrong name are requests to mend") {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"read", "--all", "--from", "10"},
          {"read", std::string(513, 'x')},
          {"append", "a\nb", "T", "1"},
          {"append", "s", "", "1"}}) {
      const Finished refused = cli(arguments);
      CHECK(refused.exit.code == 2);
      CHECK(refused.output.empty());
      CHECK(is_one_line_of(refused.error, "es-cli"));
    }
  }

  TEST_CASE_FIXTURE(Fixture,
                    "es_cli: subscribe shows what is there, then what comes, and ends by itself") {
    append("order-1", "Placed", "1");
    Process process = start({"subscribe", "--category", "order", "--count", "2", "--json"});
    CHECK(has(*process.output_line(), "\"data\":1"));
    append("invoice-1", "Sent", "2");
    append("order-2", "Placed", "3");
    CHECK(has(*process.output_line(), "\"data\":3"));
    CHECK(process.rest_of_output().empty());
    CHECK(process.wait() == Exit{0, 0});
  }

  TEST_CASE_FIXTURE(Fixture,
                    "es_cli: subscribe ends at its bound, also one that is still to come") {
    append("order-1", "Placed", "1");
    append("order-1", "Paid", "2");
    Process there = start({"subscribe", "--all", "--to", "1", "--json"});
    CHECK(has(there.rest_of_output(), "\"data\":1"));
    CHECK(there.wait() == Exit{0, 0});
    Process to_come = start({"subscribe", "order-1", "--to", "3", "--json"});
    CHECK(has(*to_come.output_line(), "\"data\":1"));
    CHECK(has(*to_come.output_line(), "\"data\":2"));
    append("order-1", "Sent", "3");
    append("order-1", "Closed", "4");
    const std::string rest = to_come.rest_of_output();
    CHECK(has(rest, "\"data\":3"));
    CHECK_FALSE(has(rest, "\"data\":4"));
    CHECK(to_come.wait() == Exit{0, 0});
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: subscribe from the end shows only what comes") {
    append("s", "T", "1");
    Process stream = start({"subscribe", "s", "--from", "end", "--count", "1", "--json"});
    Process all = start({"subscribe", "--all", "--from", "end", "--count", "1", "--json"});
    // Neither says when it has asked for the end; each gets one of what is appended from now on, and not what was there.
    std::jthread appending([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) cli({"append", "s", "T", "2"});
    });
    CHECK(has(*stream.output_line(), "\"data\":2"));
    CHECK(has(*all.output_line(), "\"data\":2"));
    CHECK(stream.wait() == Exit{0, 0});
    CHECK(all.wait() == Exit{0, 0});
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: a signal ends a subscription with what has come shown") {
    append("s", "T", "1");
    for (const int signal : {SIGINT, SIGTERM}) {
      Process process = start({"subscribe", "s", "--json"});
      CHECK(has(*process.output_line(), "\"data\":1"));
      process.signal(signal);
      CHECK(process.wait() == Exit{130, 0});
      CHECK(process.rest_of_output().empty());
      CHECK(process.rest_of_error().empty());
    }
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: a reader that has seen enough ends it without an error") {
    append("s", "T", "1");
    Process process = start({"subscribe", "s"});
    CHECK(process.output_line());
    process.close_output();
    append("s", "T", "2");
    CHECK(process.wait() == Exit{0, 0});
    CHECK(process.rest_of_error().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: an output that takes nothing is an error") {
    append("s", "T", "1");
    const Finished full = run({{"/bin/sh", "-c", "exec \"$0\" \"$@\" >/dev/full", ESKER_ES_CLI,
                                "--server", served.address(), "read", "s"},
                               {}});
    CHECK(full.exit.code == 4);
    CHECK(is_one_line_of(full.error, "es-cli"));
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: info tells of the store") {
    append("s", "T", "1");
    const Finished people = cli({"info"});
    CHECK(people.exit.code == 0);
    CHECK(has(people.output, "durability    sync"));
    const std::string json = cli({"--json", "info"}).output;
    CHECK(has(json, R"("head":1,)"));
    CHECK(has(json, R"("durability":"sync")"));
    CHECK(has(json, R"("failed":null)"));
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: what export prints, import makes the same store of") {
    append("order-1", "Placed", R"({"a": 1,  "b":"\u00e9"})");
    append("order-2", "Placed", "plain\ntext");
    append("order-1", "Paid", "");
    append("ключ-1", "Tür\"", "[]");
    const Finished exported = cli({"export"});
    CHECK(exported.exit.code == 0);
    CHECK(lines(exported.output) == 4);

    Served other(directory / "other");
    const Finished imported =
        support::cli(other.address(), {"import", "-", "--json"}, exported.output);
    CHECK(imported.exit.code == 0);
    CHECK(imported.output == "{\"written\":4,\"already_there\":0,\"skipped\":0}\n");
    const Finished again = support::cli(other.address(), {"export"});
    CHECK(without_times(again.output) == without_times(exported.output));
    CHECK(lines(cli({"export", "--category", "order", "--limit", "2"}).output) == 2);
  }

  TEST_CASE_FIXTURE(
      Fixture, "es_cli: import goes on where it was, and makes the same ids of the same lines") {
    std::string text;
    for (int line = 0; line < 300; ++line) {
      text += R"({"stream":"s-)" + std::to_string(line % 7) + R"(","type":"T","data":)" +
              std::to_string(line) + "}\n";
    }
    text += "\n{\"stream\":\"same\",\"type\":\"T\"}\n{\"stream\":\"same\",\"type\":\"T\"}";
    write_file("part", text.substr(0, text.find('\n', 5000) + 1));
    write_file("whole", text);
    CHECK(cli({"import", directory / "part"}).exit.code == 0);
    const Finished whole = cli({"import", directory / "whole", "--json"});
    CHECK(whole.exit.code == 0);
    CHECK(has(whole.output, "\"skipped\":1"));
    CHECK_FALSE(has(whole.output, "\"already_there\":0"));
    CHECK(cli({"import", directory / "whole", "--json"}).output ==
          "{\"written\":0,\"already_there\":302,\"skipped\":1}\n");
    const std::string read = cli({"read", "--all", "--json"}).output;
    CHECK(lines(read) == 302);
    std::size_t at = 0;
    for (int line = 0; line < 300; ++line) {
      at = read.find("\"data\":" + std::to_string(line) + "}", at);
      CHECK(at != std::string::npos);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: a wrong line ends an import and is named") {
    write_file("wrong",
               "{\"stream\":\"s\",\"type\":\"T\"}\n{\"stream\":\"s\"}\n{\"stream\":\"s\",\"type\":"
               "\"T\"}\n");
    const Finished wrong = cli({"import", directory / "wrong", "--json"});
    CHECK(wrong.exit.code == 2);
    CHECK(is_one_line_of(wrong.error, "es-cli"));
    CHECK(has(wrong.error, "line 2 of " + (directory / "wrong")));
    CHECK(wrong.output == "{\"written\":1,\"already_there\":0,\"skipped\":0}\n");

    write_file("refused", "{\"stream\":\"s\",\"type\":\"\"}\n");
    const Finished refused = cli({"import", directory / "refused"});
    CHECK(refused.exit.code == 2);
    CHECK(is_one_line_of(refused.error, "es-cli"));
    CHECK(has(refused.error, "line 1 of "));
    CHECK(cli({"import", directory / "missing"}).exit.code == 1);
    CHECK(cli({"import", directory.path()}).exit.code == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "es_cli: an interrupted import says how far it came") {
    Process process = start({"import", "-", "--json"});
    process.write("{\"stream\":\"s\",\"type\":\"T\"}\n{\"stream\":\"s\"");
    // The first line is imported before the second one is whole.
    Process subscription = start({"subscribe", "s", "--count", "1"});
    CHECK(subscription.wait() == Exit{0, 0});
    process.signal(SIGINT);
    CHECK(process.wait() == Exit{130, 0});
    CHECK(process.rest_of_output() == "{\"written\":1,\"already_there\":0,\"skipped\":0}\n");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "es_cli: the package manager's log becomes a stream for each package") {
    write_file("dpkg.log", std::string(kDpkgLog) + "2026-01-02 03:04:08 status inst");
    const Finished imported = cli({"import", "--format", "dpkg", directory / "dpkg.log", "--json"});
    CHECK_MESSAGE(imported.exit.code == 0, imported.error);
    CHECK(imported.output == "{\"written\":5,\"already_there\":0,\"skipped\":2}\n");
    write_file("dpkg.log",
               std::string(kDpkgLog) + "2026-01-02 03:04:08 status installed hello:amd64 2.10-3\n");
    CHECK(cli({"import", "--format", "dpkg", directory / "dpkg.log", "--json"}).output ==
          "{\"written\":1,\"already_there\":5,\"skipped\":2}\n");
    const std::string read = cli({"read", "package-hello", "--json"}).output;
    CHECK(lines(read) == 6);
    CHECK(has(read, R"("type":"install",)"));
    CHECK(has(read,
              R"("data":{"time":"2026-01-02T03:04:05","package":"hello","architecture":"amd64",)"
              R"("installed_version":null,"available_version":"2.10-3"}})"));
    CHECK(has(read, R"("architecture":"amd64","status":"installed","version":"2.10-3"}})"));
    for (const std::string_view wrong :
         {"nonsense\n", "2026-01-02 03:04:05 explode hello:amd64 1 2\n",
          "2026-01-02 03:04:05 install hello:amd64\n", "yesterday 03:04:05 status a b c\n"}) {
      write_file("wrong.log", wrong);
      const Finished refused = cli({"import", "--format", "dpkg", directory / "wrong.log"});
      CHECK(refused.exit.code == 2);
      CHECK(is_one_line_of(refused.error, "es-cli"));
    }
  }

  TEST_CASE("es_cli: a wrong command line is one line and 2") {
    const std::vector<std::vector<std::string>> wrong = {
        {},
        {"dance"},
        {"info", "more"},
        {"append", "s", "T"},
        {"append", "s", "T", "1", "--expect", "perhaps"},
        {"append", "s", "T", "1", "--id", "1"},
        {"append", "s", "T", "1", "--id", "00000000-0000-0000-0000-000000000000"},
        {"read"},
        {"read", "s", "--all"},
        {"read", "--all", "--from", "end"},
        {"read", "--all", "--since", "yesterday"},
        {"read", "--all", "--as-of", "-1"},
        {"read", "--item", " "},
        {"read", "--id", "1"},
        {"append", "s", "T", "1", "--after", "3"},
        {"append", "s", "T", "1", "--unless", ""},
        {"read", "--all", "--limit", "-1"},
        {"subscribe", "--all", "--count", "0"},
        {"subscribe"},
        {"import"},
        {"import", "-", "--format", "xml"},
        {"--server", "nowhere", "info"}};
    for (std::vector<std::string> arguments : wrong) {
      CAPTURE(arguments.empty() ? std::string() : arguments.back());
      arguments.insert(arguments.begin(), ESKER_ES_CLI);
      const Finished refused = run({arguments, {}});
      CHECK(refused.exit == Exit{2, 0});
      CHECK(refused.output.empty());
      CHECK(is_one_line_of(refused.error, "es-cli"));
    }
  }

  TEST_CASE("es_cli: a server that cannot be reached is 4") {
    const TemporaryDirectory directory;
    std::string address;
    {
      const Served gone(directory / "data");
      address = gone.address();
    }
    const Finished refused = cli(address, {"info"});
    CHECK(refused.exit.code == 4);
    CHECK(is_one_line_of(refused.error, "es-cli"));
    CHECK(has(refused.error, address));
  }

  TEST_CASE("es_cli: help teaches, for each subcommand too") {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                      {"append", "--help"},
                                                      {"read", "--help"},
                                                      {"subscribe", "--help"},
                                                      {"import", "--help"},
                                                      {"export", "--help"},
                                                      {"info", "--help"}}) {
      std::vector<std::string> all{ESKER_ES_CLI};
      all.insert(all.end(), arguments.begin(), arguments.end());
      const Finished help = run({all, {}});
      CHECK(help.exit == Exit{0, 0});
      CHECK(has(help.output, "Usage"));
      CHECK(help.error.empty());
    }
    CHECK(has(run({{ESKER_ES_CLI, "--help"}, {}}).output, "Exit codes"));
  }

  TEST_CASE("es_cli: roots and proofs can be kept, and checked later") {
    const TemporaryDirectory directory;
    const Served served(directory / "data", {"--proofs"});
    const auto done = [&](std::vector<std::string> arguments, std::string_view input = {}) {
      const Finished finished = support::cli(served.address(), std::move(arguments), input);
      REQUIRE_MESSAGE(finished.exit.code == 0, finished.error);
      return finished.output;
    };
    const auto keep = [&](const std::string& name, const std::string& text) {
      std::ofstream(directory / name, std::ios::binary) << text;
      return directory / name;
    };
    for (int i = 0; i < 5; ++i) done({"append", "order-1", "OrderPlaced", "{}"});
    const std::string old = keep("old", done({"root", "--at", "3"}));
    const std::string root = keep("root", done({"root"}));
    const std::string there = keep("there", done({"prove", "2", "--root", "3"}));
    const std::string grown = keep("grown", done({"prove", "--from", "3", "--to", "5"}));
    CHECK(lines(done({"check", old, root, there, grown})) == 2);
    CHECK(has(done({"info"}), "tree          up to position 5"));
    CHECK(has(done({"info", "--json"}), R"("tree_end":5)"));
    // Another event is not proved to be there.
    std::string other = done({"prove", "1", "--root", "3"});
    other.replace(0, other.find(' ', 10), "inclusion 2");
    const Finished refused =
        support::cli(served.address(), {"check", old, keep("other", other)}, {});
    CHECK(refused.exit.code == 1);
    CHECK(support::cli(served.address(), {"prove"}, {}).exit.code == 2);
    CHECK(support::cli(served.address(), {"root", "--at", "6"}, {}).exit.code == 2);
  }
}

}  // namespace
}  // namespace esker::support
