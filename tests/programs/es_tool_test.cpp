#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/event_line.hpp"
#include "programs/tool_fixture.hpp"

namespace esker::support {
TEST_SUITE("programs") {
  TEST_CASE_FIXTURE(ToolFixture, "es_tool: verify finds no fault in a whole store") {
    const Finished text = tool({"verify", data_});
    CHECK(text.exit == Exit{0, 0});
    CHECK(contains(text.output, "200 events in 40 commits, 10 streams"));
    CHECK(contains(text.output, "no fault found"));
    CHECK(text.error.empty());
    const Finished json = tool({"verify", "--json", data_});
    CHECK(json.exit == Exit{0, 0});
    CHECK(contains(json.output, R"("faults":0)"));
    CHECK(contains(json.output, R"("events":200)"));
  }

  TEST_CASE_FIXTURE(ToolFixture, "es_tool: verify names file and offset of a fault") {
    flip(kFirstSegment, 4096 + 100);
    const Finished text = tool({"verify", data_});
    CHECK(text.exit == Exit{1, 0});
    CHECK(contains(text.output, "fault: " + data_ + "/" + kFirstSegment + " at offset 4096: "));
    const Finished json = tool({"verify", data_, "--json", "--log-only"});
    CHECK(json.exit == Exit{1, 0});
    CHECK(contains(lines_of(json.output).front(), R"("kind":"fault")"));
    CHECK(contains(lines_of(json.output).front(), R"("offset":4096)"));
  }

  TEST_CASE_FIXTURE(ToolFixture, "es_tool: repair makes a damaged index again") {
    REQUIRE(std::filesystem::exists(data_ + "/" + kFirstRun));
    flip(kFirstRun, 200);
    const Finished verified = tool({"verify", data_});
    CHECK(verified.exit == Exit{1, 0});
    CHECK(contains(verified.output, kFirstRun));
    CHECK(tool({"verify", "--log-only", data_}).exit == Exit{0, 0});
    CHECK(tool({"repair", "--dry-run", data_}).exit == Exit{1, 0});
    CHECK(tool({"repair", data_}).exit == Exit{0, 0});
    CHECK(tool({"verify", data_}).exit == Exit{0, 0});
    CHECK(contains(tool({"repair", data_}).output, "nothing to repair"));
  }

  TEST_CASE_FIXTURE(ToolFixture, "es_tool: compact takes away what has been released") {
    {
      Store store = open();
      REQUIRE(store.delete_stream("order-3"));
      StreamMetadata metadata;
      metadata.max_count = 2;
      REQUIRE(store.set_stream_metadata("order-4", metadata));
      REQUIRE(store.close());
    }
    const auto bytes = [this] {
      std::uintmax_t sum = 0;
      for (const auto& file : std::filesystem::directory_iterator(data_)) sum += file.file_size();
      return sum;
    };
    const std::uintmax_t before = bytes();
    const Finished dry = tool({"compact", data_, "--dry-run"});
    CHECK(dry.exit == Exit{0, 0});
    CHECK(dry.output.starts_with("would compact "));
    CHECK(contains(dry.output, "\napplication"));
    const Finished dry_json = tool({"compact", data_, "--dry-run", "--json"});
    CHECK(bytes() == before);
    const Finished compacted = tool({"compact", data_, "--json"});
    CHECK(compacted.exit == Exit{0, 0});
    const auto released = [](const std::string& json) {
      return json.substr(json.find("released"));
    };
    CHECK(released(compacted.output) == released(dry_json.output));
    CHECK(contains(dry_json.output, R"("segments_merged":0)"));
    CHECK_FALSE(contains(compacted.output, R"("segments_merged":0)"));
    const Finished verified = tool({"verify", data_});
    CHECK_MESSAGE((verified.exit == Exit{0, 0}), verified.output);
    CHECK(tool({"rebuild-index", data_}).exit == Exit{0, 0});
    CHECK(tool({"verify", data_}).exit == Exit{0, 0});
    CHECK(contains(tool({"dump", data_}).output, " were released"));
    CHECK(tool({"compact", data_}).output.starts_with("compacted 0 of "));
    // Copies of it, also cut in a segment with gaps, are whole stores.
    const std::string backup = directory_ / "backup";
    const std::string branch = directory_ / "branch";
    CHECK(tool({"backup", data_, backup, "--copy"}).exit == Exit{0, 0});
    CHECK(tool({"branch", data_, branch, "--at", "60"}).exit == Exit{0, 0});
    CHECK(tool({"verify", backup}).exit == Exit{0, 0});
    const Finished of_branch = tool({"verify", branch});
    CHECK_MESSAGE((of_branch.exit == Exit{0, 0}), of_branch.output);
    CHECK(Store::open(branch, small_segments()).has_value());
    const Finished none = tool({"compact", data_ + "-none"});
    CHECK(none.exit == Exit{1, 0});
  }

  TEST_CASE_FIXTURE(ToolFixture, "es_tool: compress, and everything goes on as before") {
    const std::string events = tool({"dump", data_, "--json"}).output;
    CHECK(contains(tool({"compress", data_, "--older-than", "1d"}).output, "too young: "));
    const Finished compressed = tool({"compress", data_, "--level", "3"});
    CHECK_MESSAGE((compressed.exit == Exit{0, 0}), compressed.error);
    CHECK(contains(compressed.output, " became "));
    CHECK(contains(compressed.output, "a random read takes "));
    CHECK(std::filesystem::file_size(data_ + "/" + kFirstSegment) < (64 << 10) / 2);
    const Finished again = tool({"compress", data_, "--json"});
    CHECK(contains(again.output, R"("segments":0,"segments_compressed_before":)"));
    const Finished verified = tool({"verify", data_});
    CHECK_MESSAGE((verified.exit == Exit{0, 0}), verified.output);
    CHECK(contains(tool({"stats", data_}).output, "\ncompressed   "));
    CHECK(tool({"dump", data_, "--json"}).output == events);
    CHECK(tool({"rebuild-index", data_}).exit == Exit{0, 0});
    CHECK(tool({"verify", data_}).exit == Exit{0, 0});
    flip(kFirstSegment, 20);
    CHECK(tool({"verify", data_}).exit == Exit{1, 0});
    flip(kFirstSegment, 20);
    // Compaction makes plain ones where there is something to release.
    {
      Store store = open();
      REQUIRE(store.delete_stream("order-3"));
      REQUIRE(store.close());
    }
    CHECK(tool({"compact", data_}).exit == Exit{0, 0});
    CHECK(tool({"verify", data_}).exit == Exit{0, 0});
    CHECK(tool({"compress", data_, "--level", "30"}).exit == Exit{2, 0});
  }

  TEST_CASE_FIXTURE(ToolFixture, "es_tool: rebuild-index makes the index again from the log") {
    std::filesystem::remove(data_ + "/" + kFirstRun);
    std::ofstream(data_ + "/00000000000000ff.run") << "of no segment";
    CHECK(contains(tool({"verify", data_}).output, "1 missing"));
    const Finished rebuilt = tool({"rebuild-index", data_});
    CHECK(rebuilt.exit == Exit{0, 0});
    CHECK(contains(rebuilt.output, "removed 1"));
    CHECK(std::filesystem::exists(data_ + "/" + kFirstRun));
    CHECK_FALSE(std::filesystem::exists(data_ + "/00000000000000ff.run"));
    CHECK(tool({"verify", data_}).exit == Exit{0, 0});
    CHECK(contains(tool({"rebuild-index", "--json", data_}).output, R"("removed":0)"));
    flip(kFirstSegment, 4096 + 100);
    const Finished damaged = tool({"rebuild-index", data_});
    CHECK(damaged.exit == Exit{1, 0});
    CHECK(is_one_line_of(damaged.error, "es-tool"));
  }

  TEST_CASE_FIXTURE(ToolFixture,
                    "es_tool: repair cuts only when it is told to, and sets aside what it cuts") {
    flip(kFirstSegment, 4096 + 20 * 1200);
    const Finished refused = tool({"repair", data_});
    CHECK(refused.exit == Exit{1, 0});
    CHECK(contains(refused.output, "--cut"));
    const Finished told = tool({"repair", "--cut", "--dry-run", data_});
    CHECK(told.exit == Exit{1, 0});
    CHECK(contains(told.output, "would do: "));
    CHECK(contains(tool({"verify", data_}).output, "fault: "));
    const Finished cut = tool({"repair", "--cut", "--json", data_});
    CAPTURE(cut.error);
    CHECK(cut.exit == Exit{0, 0});
    CHECK(contains(cut.output, R"("faults_left":0)"));
    CHECK(tool({"verify", data_}).exit == Exit{0, 0});
    const auto set_aside =
        std::ranges::count_if(std::filesystem::directory_iterator(data_), [](const auto& entry) {
          return entry.is_directory() && entry.path().filename().string().starts_with("set-aside-");
        });
    CHECK(set_aside == 1);
    Store store = open();
    CHECK(store.open_report().warnings.empty());
    const std::uint64_t head = store.info().head.value();
    CHECK(head > 0);
    CHECK(head % 5 == 0);
    CHECK(head < kEvents);
    const tests::OwnedCommit commit({{"order-1", Expected::any(), tests::events(1, 1000)}});
    CHECK(store.append(commit.view()).has_value());
    REQUIRE(store.close());
    CHECK(tool({"verify", data_}).exit == Exit{0, 0});
  }

  TEST_CASE_FIXTURE(ToolFixture, "es_tool: dump prints segments and records") {
    const Finished all = tool({"dump", data_});
    CHECK(all.exit == Exit{0, 0});
    CHECK(contains(all.output, "position 200"));
    CHECK(contains(all.output, "commit end"));
    const Finished some = tool({"dump", data_, "--from", "7", "--limit", "2", "--data"});
    const std::vector<std::string> lines = lines_of(some.output);
    CHECK(contains(lines.at(1), R"(position 7  "order-1" version 2  type "odd")"));
    CHECK(contains(lines.at(2), R"(data "ddd)"));
    CHECK_FALSE(contains(some.output, "position 9"));
    CHECK(contains(tool({"dump", data_, "--segment", "2"}).output, "segment 2"));
    const Finished missing = tool({"dump", data_, "--segment", "99"});
    CHECK(missing.exit == Exit{1, 0});
    CHECK(is_one_line_of(missing.error, "es-tool"));
  }

  TEST_CASE_FIXTURE(ToolFixture, "es_tool: dump as JSON holds the events of whole commits") {
    const std::vector<std::string> lines = lines_of(tool({"dump", "--json", data_}).output);
    REQUIRE(lines.size() == kEvents);
    tools::EventLineParser parser;
    for (const std::string& line : lines) CHECK(parser.parse(line).has_value());
    flip(kFirstSegment, 4096 + 100);
    const Finished damaged = tool({"dump", "--json", data_});
    CHECK(damaged.exit == Exit{1, 0});
    CHECK(contains(damaged.error, kFirstSegment + " at offset 4096"));
    CHECK(lines_of(damaged.output).size() == kEvents - 5);
  }

  TEST_CASE_FIXTURE(ToolFixture, "es_tool: stats counts what is there") {
    const Finished json = tool({"stats", "--json", data_});
    CHECK(json.exit == Exit{0, 0});
    for (const char* const part :
         {R"("events":200)", R"("commits":40)", R"("streams":10)", R"("last_position":200)",
          R"("types":{"even":100,"odd":100})", R"("clean":true)"}) {
      CAPTURE(part);
      CHECK(contains(json.output, part));
    }
    CHECK(contains(tool({"stats", data_}).output, "watermark    position 200"));
  }

  TEST_CASE_FIXTURE(ToolFixture,
                    "es_tool: a store that is open elsewhere is refused, naming the process") {
    const Served served(data_);
    for (const char* const command : {"verify", "dump", "stats", "repair", "rebuild-index"}) {
      CAPTURE(command);
      const Finished refused = tool({command, data_});
      CHECK(refused.exit == Exit{4, 0});
      CHECK(is_one_line_of(refused.error, "es-tool"));
    }
  }

  TEST_CASE_FIXTURE(ToolFixture,
                    "es_tool: what is no store, and what is no command, is told in one line") {
    const Finished nothing = tool({"verify", directory_ / "nothing"});
    CHECK(nothing.exit == Exit{1, 0});
    CHECK(is_one_line_of(nothing.error, "es-tool"));
    const Finished other = tool({"verify", directory_.path()});
    CHECK(other.exit == Exit{1, 0});
    CHECK(is_one_line_of(other.error, "es-tool"));
    CHECK_FALSE(std::filesystem::exists(directory_ / "LOCK"));
    const Finished usage = tool({"verify"});
    CHECK(usage.exit == Exit{2, 0});
    CHECK(is_one_line_of(usage.error, "es-tool"));
    const Finished help = tool({"repair", "--help"});
    CHECK(help.exit == Exit{0, 0});
    CHECK(contains(help.output, "set-aside"));
  }
}

}  // namespace esker::support
