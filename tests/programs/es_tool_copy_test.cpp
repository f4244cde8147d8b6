// es-tool backup, restore and branch, as a user runs them.

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "io/directory.hpp"
#include "log/unfinished.hpp"
#include "programs/load.hpp"
#include "programs/mounted.hpp"
#include "programs/tool_fixture.hpp"
#include "store/lock_file.hpp"

namespace esker::support {
namespace {

namespace fs = std::filesystem;

class CopyToolFixture : public ToolFixture {
 protected:
  /// Runs es-tool, which must end well, and returns what it printed.
  std::string done(std::vector<std::string> arguments) {
    const Finished finished = tool(std::move(arguments));
    REQUIRE_MESSAGE((finished.exit == Exit{0, 0}), finished.error);
    return finished.output;
  }

  /// It must end with this code and one line of error, which is returned.
  std::string refused(int code, std::vector<std::string> arguments) {
    const Finished finished = tool(std::move(arguments));
    CHECK(finished.exit == Exit{code, 0});
    CHECK(finished.output.empty());
    CHECK_MESSAGE(is_one_line_of(finished.error, "es-tool"), finished.error);
    return finished.error;
  }

  /// Every event of a closed store, a line each.
  std::string dump(const std::string& path) { return done({"dump", "--json", path}); }

  void append(const std::string& path, std::uint64_t first_id) {
    Result<Store> store = Store::open(path, small_segments());
    REQUIRE_MESSAGE(store.has_value(), store.error().message());
    const tests::OwnedCommit commit(
        {{"later", Expected::any(), tests::events(7, first_id, "later", 1000)}});
    REQUIRE(store.value().append(commit.view()).has_value());
    REQUIRE(store.value().close());
  }

  const std::string copy_ = directory_ / "copy";
};

/// The number that follows `"key":` in a JSON text.
std::uint64_t number_of(const std::string& json, const std::string& key) {
  const std::size_t at = json.find("\"" + key + "\":");
  REQUIRE_MESSAGE(at != std::string::npos, json);
  return std::stoull(json.substr(at + key.size() + 3));
}

}  // namespace

TEST_SUITE("programs") {
  TEST_CASE_FIXTURE(CopyToolFixture, "es_tool: a backup is a whole store, its index included") {
    const std::string events = dump(data_);
    const std::string json = done({"backup", data_, copy_, "--json"});
    CHECK(number_of(json, "last_position") == kEvents);
    CHECK(number_of(json, "bytes_linked") > 3 * (64 << 10));
    CHECK(contains(json, R"("verified":true)"));
    CHECK(contains(json, R"("source_in_use":false)"));
    const std::string verified = done({"verify", copy_});
    CHECK(contains(verified, "200 events in 40 commits, 10 streams"));
    CHECK(contains(verified, "no fault found"));
    CHECK_FALSE(contains(verified, "missing"));
    CHECK(dump(copy_) == events);
    const std::string again = directory_ / "again";
    CHECK(contains(done({"backup", copy_, again}), "backup: events up to position 200 of "));
    CHECK(dump(again) == events);
  }

  TEST_CASE_FIXTURE(CopyToolFixture,
                    "es_tool: branch and origin go on, and neither sees the other") {
    const std::string events = dump(data_);
    done({"branch", data_, copy_});
    append(data_, 1000);
    append(copy_, 2000);
    const std::string origin = dump(data_);
    const std::string branch = dump(copy_);
    CHECK(origin.starts_with(events));
    CHECK(branch.starts_with(events));
    CHECK(origin != branch);
    CHECK(lines_of(origin).size() == kEvents + 7);
    CHECK(lines_of(branch).size() == kEvents + 7);
    // A repair of the branch cuts what both share; the origin stays as it is.
    flip("../copy/" + kFirstSegment, 4096 + 20 * 1200);
    CHECK(contains(tool({"verify", data_}).output, "fault: "));
    CHECK(tool({"repair", "--cut", copy_}).exit == Exit{0, 0});
    flip(kFirstSegment, 4096 + 20 * 1200);
    CHECK(contains(done({"verify", data_}), "no fault found"));
    CHECK(dump(data_) == origin);
    CHECK(contains(done({"verify", copy_}), "no fault found"));
  }

  TEST_CASE_FIXTURE(CopyToolFixture, "es_tool: restore ends at a position, a time, or the end") {
    const std::vector<std::string> events = lines_of(dump(data_));
    done({"backup", data_, copy_});
    const auto restored = [&](const std::string& at) {
      const std::string to = directory_ / ("at-" + at);
      const std::string said = done({"restore", copy_, to, "--at", at});
      CHECK(contains(done({"verify", to}), "no fault found"));
      append(to, 3000);
      return std::pair(said, lines_of(dump(to)).size() - 7);
    };
    CHECK(restored("200").second == 200);
    CHECK(restored("0").second == 0);
    const auto [said, count] = restored("103");
    CHECK(count == 100);
    CHECK(contains(said, "restored: events up to position 100 of "));
    CHECK(contains(said, "(of 200)"));
    CHECK(restored("2100-01-01").second == 200);
    CHECK(restored("2001-01-01").second == 0);
    const std::size_t time_at = events[57].find(R"("time":")") + 8;
    const std::size_t by_time = restored(events[57].substr(time_at, 30)).second;
    CHECK(by_time >= 60);
    CHECK(by_time % 5 == 0);
  }

  TEST_CASE_FIXTURE(CopyToolFixture, "es_tool: a backup shares with an earlier one what it has") {
    done({"backup", data_, copy_, "--copy"});
    append(data_, 1000);
    const std::string second = directory_ / "second";
    const std::string json = done({"backup", data_, second, "--copy", "--base", copy_, "--json"});
    CHECK(number_of(json, "bytes_linked") == 0);
    CHECK(number_of(json, "bytes_linked_from_base") >= 3 * (64 << 10));
    CHECK(fs::hard_link_count(second + "/" + kFirstSegment) == 2);
    CHECK(fs::hard_link_count(data_ + "/" + kFirstSegment) == 1);
    fs::remove_all(copy_);
    CHECK(dump(second) == dump(data_));
    CHECK(contains(refused(1, {"backup", data_, directory_ / "third", "--base", copy_}),
                   "No such file"));
    CHECK_FALSE(fs::exists(directory_ / "third"));
  }

  TEST_CASE_FIXTURE(CopyToolFixture, "es_tool: a copy that cannot be made says why in one line") {
    CHECK(contains(refused(1, {"backup", directory_ / "nothing", copy_}), "No such file"));
    CHECK(contains(refused(2, {"branch", data_, copy_, "--at", "noon"}), "--at noon"));
    CHECK(refused(2, {"backup", data_}).find("NEWDIR") != std::string::npos);
    CHECK(refused(2, {"backup", data_, copy_, "--at", "7"}).find("--at") != std::string::npos);
    CHECK(contains(refused(2, {"restore", data_, copy_, "--at", "201"}), "position 200"));
    CHECK(contains(refused(2, {"backup", data_, data_}), "not empty"));
    fs::create_directory(directory_ / "full");
    std::ofstream(directory_ / "full/notes.txt") << "mine";
    CHECK(contains(refused(2, {"branch", data_, directory_ / "full"}), "notes.txt"));
    CHECK(fs::directory_entry(directory_ / "full/LOCK").exists() == false);
    flip(kFirstSegment, 4096 + 100);
    CHECK(contains(refused(1, {"backup", data_, copy_}), kFirstSegment + " at offset 4096"));
    CHECK_FALSE(fs::exists(copy_ + "/" + kFirstSegment));
    CHECK_FALSE(fs::exists(copy_ + "/watermark"));
    CHECK(tool({"backup", "--no-verify", data_, copy_}).exit == Exit{0, 0});
  }

  TEST_CASE_FIXTURE(CopyToolFixture,
                    "es_tool: an unfinished copy is told of, and can be begun again") {
    done({"branch", data_, copy_});
    std::ofstream(copy_ + "/" + std::string(log::kUnfinishedName)) << "a copy\n";
    CHECK(contains(refused(1, {"verify", copy_}), "unfinished copy"));
    CHECK(contains(refused(1, {"backup", copy_, directory_ / "more"}), "unfinished copy"));
    CHECK(Store::open(copy_, small_segments()).error().code() == Errc::corrupt);
    CHECK(contains(done({"backup", data_, copy_}), "an unfinished copy has been removed first\n"));
    CHECK(contains(done({"verify", copy_}), "no fault found"));
    CHECK(dump(copy_) == dump(data_));
  }

  TEST_CASE_FIXTURE(CopyToolFixture, "es_tool: what another es-tool works on is not copied") {
    const auto opened = io::open_directory(data_, {.create = false});
    REQUIRE(opened.has_value());
    io::Directory& directory = *opened.value().directory;
    {
      const auto lock = store::LockFile::take(directory, "es-tool, process 1");
      REQUIRE(lock.has_value());
      CHECK(contains(refused(4, {"backup", data_, copy_}), "es-tool, process 1"));
    }
    fs::create_directory(copy_);
    const auto target = io::open_directory(copy_, {.create = false});
    const auto lock = store::LockFile::take(*target.value().directory, "es-tool, process 2");
    CHECK(contains(refused(4, {"backup", data_, copy_}), "es-tool, process 2"));
  }

  TEST_CASE_FIXTURE(CopyToolFixture, "es_tool: a store that a program has open is copied, too") {
    Store store = open();
    const tests::OwnedCommit commit({{"live", Expected::any(), tests::events(3, 500)}});
    REQUIRE(store.append(commit.view()).has_value());
    const std::string json = done({"backup", data_, copy_, "--json"});
    CHECK(number_of(json, "last_position") == kEvents + 3);
    CHECK(contains(json, R"("source_in_use":true)"));
    REQUIRE(store.close());
    CHECK(dump(copy_) == dump(data_));
  }

  TEST_CASE_FIXTURE(CopyToolFixture,
                    "es_tool: on another file system files are copied, as far as it goes") {
    const Result<std::unique_ptr<SmallTmpfs>> made = SmallTmpfs::make(8 << 20);
    if (!made) {
      MESSAGE("skipped: " << made.error().message());
      return;
    }
    SmallTmpfs& other = *made.assume_value();
    const std::string json = done({"backup", data_, other / "first", "--json"});
    CHECK(number_of(json, "bytes_linked") == 0);
    CHECK(number_of(json, "bytes_copied") > 3 * (64 << 10));
    CHECK(dump(other / "first") == dump(data_));
    const std::string next =
        done({"backup", data_, other / "second", "--base", other / "first", "--json"});
    CHECK(number_of(next, "bytes_linked_from_base") >= 3 * (64 << 10));
    other.fill();
    CHECK(contains(refused(4, {"backup", data_, other / "third"}), "No space left"));
    CHECK_FALSE(fs::exists(other / "third/watermark"));
    other.clear();
    CHECK(contains(done({"backup", data_, other / "third"}), "backup: events up to position 200"));
    CHECK(contains(done({"verify", other / "third"}), "no fault found"));
  }

  TEST_CASE_FIXTURE(CopyToolFixture,
                    "es_tool: backups of a busy server hold all that had been acknowledged") {
    const std::string data = directory_ / "served";
    Served served(data, {"--segment-bytes", "256K", "--segment-bytes-first", "256K"});
    std::vector<std::string> backups;
    {
      Load first(served.address(), "a", 1);
      Load second(served.address(), "b", 2);
      std::vector<std::pair<std::int64_t, std::uint64_t>> taken;
      for (const std::uint64_t wanted : {50, 400, 1200}) {
        first.wait_for_acknowledged(wanted);
        second.wait_for_acknowledged(wanted);
        const std::int64_t begin = time_now();
        backups.push_back(directory_ / ("backup-" + std::to_string(wanted)));
        const std::string json = done({"backup", data, backups.back(), "--json"});
        taken.emplace_back(begin, number_of(json, "last_position"));
      }
      first.finish(false);
      second.finish(false);
      for (const auto* load : {&first, &second}) {
        for (const history::Append& append : load->appends()) {
          if (append.answer != history::Answer::acknowledged) continue;
          for (const auto& [begin, last] : taken) {
            if (append.time.end < begin) CHECK(append.result.position().value() <= last);
          }
        }
      }
    }
    CHECK(served.stop() == Exit{0, 0});
    const std::string all = dump(data);
    for (const std::string& backup : backups) {
      CHECK(contains(done({"verify", backup}), "no fault found"));
      CHECK(all.starts_with(dump(backup)));
    }
  }
}

}  // namespace esker::support
