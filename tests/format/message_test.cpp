#include "format/message.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "format/damage.hpp"
#include "format/spec_example.hpp"

namespace esker::format {
namespace {

const Uuid kStore = *Uuid::parse("00112233-4455-6677-8899-aabbccddeeff");

/// Asks every parser about `body`; what each answers does not matter, only that it answers.
void parse_with_all(std::span<const std::byte> body) {
  static_cast<void>(parse_hello(body).has_value());
  static_cast<void>(parse_welcome(body).has_value());
  static_cast<void>(parse_append(body).has_value());
  static_cast<void>(parse_read(body).has_value());
  static_cast<void>(parse_subscribe(body).has_value());
  static_cast<void>(parse_credit(body).has_value());
  static_cast<void>(parse_cancel(body).has_value());
  static_cast<void>(parse_ping(body).has_value());
  static_cast<void>(parse_pong(body).has_value());
  static_cast<void>(parse_info(body).has_value());
  static_cast<void>(parse_compact(body).has_value());
  static_cast<void>(parse_compaction(body).has_value());
  static_cast<void>(parse_prove(body).has_value());
  static_cast<void>(parse_proof(body).has_value());
  static_cast<void>(parse_appended(body).has_value());
  static_cast<void>(parse_events(body).has_value());
  static_cast<void>(parse_end(body).has_value());
  static_cast<void>(parse_progress(body).has_value());
  static_cast<void>(parse_info_reply(body).has_value());
  static_cast<void>(parse_error(body).code());
}

/// Checks that the message is the specification's example, and gives its body, which may not be read when it is cut.
template <class Message, class Parse>
std::vector<std::byte> check_example(std::string_view name, std::uint64_t request,
                                     const Message& message, Parse parse) {
  CAPTURE(name);
  std::vector<std::byte> frame;
  append_frame(frame, request, message);
  CHECK(frame == spec_example(name));
  REQUIRE(frame.size() >= kFrameHeaderBytes);
  const auto header_bytes = std::span<const std::byte>(frame).first<kFrameHeaderBytes>();
  const FrameHeader header = parse_frame_header(header_bytes);
  CHECK(header.kind == static_cast<std::uint16_t>(Message::kKind));
  CHECK(header.request == request);
  std::vector<std::byte> body(frame.begin() + kFrameHeaderBytes, frame.end());
  CHECK(check_frame(header_bytes, header, body) == FrameFault::none);
  REQUIRE(parse(body).has_value());
  return body;
}

template <class Parse>
void check_truncations(const std::vector<std::byte>& body, Parse parse) {
  for_each_truncation(body, [&parse](std::span<const std::byte> cut) {
    const auto parsed = parse(cut);
    if (parsed) FAIL(cut.size(), " bytes passed");
    if (parsed.error().code() != Errc::protocol) FAIL("not a protocol error");
  });
  std::vector<std::byte> longer = body;
  longer.push_back(std::byte{0});
  CHECK_FALSE(parse(longer).has_value());
}

}  // namespace

TEST_SUITE("format") {
  TEST_CASE("message: hello and welcome") {
    Hello hello;
    hello.client = "demo";
    auto body = check_example("hello", 0, hello, parse_hello);
    CHECK(parse_hello(body).value().client == "demo");
    CHECK(parse_hello(body).value().version_max == 1);
    check_truncations(body, parse_hello);
    hello.version_min = 2;
    std::vector<std::byte> frame;
    append_frame(frame, 0, hello);
    CHECK_FALSE(parse_hello(std::span(frame).subspan(kFrameHeaderBytes)).has_value());

    Welcome welcome;
    welcome.store_id = kStore;
    welcome.incarnation = Incarnation(3);
    welcome.head = Position(7);
    welcome.frame_bytes_max = 72U << 20;
    welcome.appends_max = 1024;
    welcome.idle_timeout_ms = 60'000;
    welcome.server = "esker/0.1.0";
    body = check_example("welcome", 0, welcome, parse_welcome);
    const Welcome parsed = parse_welcome(body).value();
    CHECK(parsed.store_id == kStore);
    CHECK(parsed.head == Position(7));
    CHECK(parsed.limits.commit_events_max == 100'000);
    CHECK(parsed.server == "esker/0.1.0");
    check_truncations(body, parse_welcome);
  }

  TEST_CASE("message: append and appended") {
    const Tags tags{"order=14"};
    const NewEvent event{*Uuid::parse("0f0e0d0c-0b0a-0908-0706-050403020100"), "OrderPaid",
                         as_bytes("{\"by\":\"card\"}"), as_bytes("{}"), tags};
    const StreamAppend stream{"order-1", Expected::exactly(Version(1)), std::span(&event, 1)};
    const Condition condition{{Selector::all(), {{{"OrderPaid"}, {"order=14"}}}}, Position(6)};
    const NewCommit commit{std::span(&stream, 1), &condition};
    auto body = check_example("append", 1, AppendRequest{commit}, parse_append);
    const ParsedAppend append = parse_append(body).value();
    REQUIRE(append.condition.has_value());
    CHECK(append.condition->filter == condition.filter);
    CHECK(append.condition->after == Position(6));
    CHECK(append.commit().condition == &*append.condition);
    REQUIRE(append.streams.size() == 1);
    CHECK(append.streams[0].stream == "order-1");
    CHECK(append.streams[0].expected.version == Version(1));
    REQUIRE(append.streams[0].events.size() == 1);
    CHECK(append.streams[0].events[0].type == "OrderPaid");
    CHECK(as_text(append.streams[0].events[0].data) == "{\"by\":\"card\"}");
    CHECK(Tags(append.streams[0].events[0].tags) == tags);
    check_truncations(body, parse_append);

    const Appended appended{
        {AppendOutcome::written, {{Version(2), Version(2), Position(7), Position(7)}}}};
    body = check_example("appended", 1, appended, parse_appended);
    CHECK(parse_appended(body).value().result.position() == Position(7));
    check_truncations(body, parse_appended);

    AppendResult explained = appended.result;
    explained.explanation = Explanation{1, 2, 3, std::chrono::nanoseconds(4)};
    std::vector<std::byte> longer(body_bytes(Appended{explained}));
    encode_body(longer, Appended{explained});
    CHECK(parse_appended(longer).value().result.explanation == explained.explanation);
  }

  TEST_CASE("message: an append of several streams gives each its own events") {
    std::vector<NewEvent> events;
    for (int i = 0; i < 6; ++i) events.push_back({Uuid::random(), "t", as_bytes("d"), {}});
    const std::vector<StreamAppend> streams{
        {"a", Expected::any(), std::span(events).first(1)},
        {"b", Expected::no_stream(), std::span(events).subspan(1, 3)},
        {"c", Expected::stream_exists(), {}},
        {"d", Expected::exactly(Version(9)), std::span(events).subspan(4)}};
    std::vector<std::byte> frame;
    append_frame(frame, 1, AppendRequest{streams});
    ParsedAppend parsed = parse_append(std::span(frame).subspan(kFrameHeaderBytes)).value();
    const ParsedAppend moved = std::move(parsed);
    REQUIRE(moved.streams.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(moved.streams[i].stream == streams[i].stream);
      CHECK(moved.streams[i].expected.kind == streams[i].expected.kind);
      REQUIRE(moved.streams[i].events.size() == streams[i].events.size());
      for (std::size_t j = 0; j < streams[i].events.size(); ++j) {
        CHECK(moved.streams[i].events[j].id == streams[i].events[j].id);
      }
    }
  }

  TEST_CASE("message: a read begins at a checkpoint, with a snapshot, or with the store's own") {
    Query query{.selector = Selector::stream("order-1")};
    const auto moved = [&query] {
      const ReadRequest request{1, query};
      std::vector<std::byte> body(body_bytes(request));
      encode_body(std::span(body), request);
      return parse_read(body).value().query;
    };
    CHECK_FALSE(moved().system);
    CHECK_FALSE(moved().from_snapshot);
    query.system = true;
    query.from_snapshot = true;
    query.from_checkpoint = "mailer";
    CHECK(moved().system);
    CHECK(moved().from_snapshot);
    CHECK(moved().from_checkpoint == "mailer");
    CHECK(moved().from_last.empty());
    query.from_checkpoint.clear();
    const ReadRequest request{1, query};
    std::vector<std::byte> nameless(body_bytes(request));
    encode_body(std::span(nameless), request);
    nameless[1] |= std::byte{kReadFromCheckpoint};
    CHECK_FALSE(parse_read(nameless).has_value());
  }

  TEST_CASE("message: prove and proof") {
    const ProveRequest request{ProofKind::inclusion, Position(3)};
    auto body = check_example("prove", 6, request, parse_prove);
    const ProveRequest prove = parse_prove(body).value();
    CHECK(prove.what == ProofKind::inclusion);
    CHECK(prove.first == Position(3));
    CHECK_FALSE(prove.root);
    check_truncations(body, parse_prove);
    body[0] = std::byte{0};  // a root has no first position
    CHECK_FALSE(parse_prove(body).has_value());
    body[0] = std::byte{3};
    CHECK_FALSE(parse_prove(body).has_value());

    const InclusionProof example =
        parse_inclusion_proof(spec_text("inclusion proof")).assume_value();
    const ProofReply reply{ProofKind::inclusion, example.position, example.root, example.leaf,
                           example.path};
    body = check_example("proof", 6, reply, parse_proof);
    const ProofReply parsed = parse_proof(body).value();
    CHECK(InclusionProof{parsed.first, parsed.root, parsed.hash, parsed.path} == example);
    body.push_back(std::byte{0});
    CHECK_FALSE(parse_proof(body).has_value());
    body.resize(20 + TreeHash::kBytes * 67);
    CHECK_FALSE(parse_proof(body).has_value());
    body.resize(20 + TreeHash::kBytes * 2);
    body[0] = std::byte{2};  // a consistency proof has no hash beside its path
    CHECK_FALSE(parse_proof(body).has_value());
    body[0] = std::byte{0};
    CHECK_FALSE(parse_proof(body).has_value());
    CHECK_FALSE(parse_proof(std::span(body).first(51)).has_value());
  }

  TEST_CASE("message: compact and compaction") {
    const CompactRequest request{true, {.bytes_per_second = 64ULL << 20, .dry_run = true}};
    auto body = check_example("compact", 6, request, parse_compact);
    const CompactRequest compact = parse_compact(body).value();
    CHECK(compact.start);
    CHECK(compact.options.dry_run);
    CHECK(compact.options.bytes_per_second == 64ULL << 20);
    check_truncations(body, parse_compact);
    body[0] = std::byte{4};
    CHECK_FALSE(parse_compact(body).has_value());

    CompactionStatus status{.running = true,
                            .segments = 40,
                            .segments_done = 7,
                            .segments_compacted = 5,
                            .segments_merged = 3,
                            .bytes_before = 1'879'048'192,
                            .bytes_after = 1'342'177'280};
    status.released[0] = {1'000'000, 400'000'000};
    status.released[3] = {90'000, 10'000'000};
    body = check_example("compaction", 6, CompactionReply{status}, parse_compaction);
    CHECK(parse_compaction(body).value().status == status);
    check_truncations(body, parse_compaction);
    status.failed = "no space";
    std::vector<std::byte> failed(body_bytes(CompactionReply{status}));
    encode_body(std::span(failed), CompactionReply{status});
    CHECK(parse_compaction(failed).value().status == status);
    failed[0] &= std::byte{3};
    CHECK_FALSE(parse_compaction(failed).has_value());
  }

  TEST_CASE("message: read, subscribe, credit and cancel") {
    const Query query{.selector = Selector::stream("order-1"),
                      .from = 2,
                      .limit = 10,
                      .items = {{{"OrderPaid", "OrderPlaced"}, {}}, {{}, {"order=14"}}},
                      .to = 40,
                      .since = Timestamp(1'780'000'000'000'000'001),
                      .as_of = Position(90)};
    auto body = check_example("read", 2, ReadRequest{1 << 20, query}, parse_read);
    const ReadRequest read = parse_read(body).value();
    CHECK(read.window_bytes == 1 << 20);
    CHECK(read.query.selector == query.selector);
    CHECK(read.query.from == 2);
    CHECK(read.query.limit == 10);
    CHECK(read.query.items == query.items);
    CHECK(read.query.to == 40);
    CHECK(read.query.since == query.since);
    CHECK(read.query.as_of == Position(90));
    CHECK_FALSE(read.query.first_of_stream);
    check_truncations(body, parse_read);
    for (const std::size_t flag : {0, 1}) {
      std::vector<std::byte> wrong = body;
      wrong[flag] = std::byte{32};
      CHECK_FALSE(parse_read(wrong).has_value());
    }

    const Query live{
        .selector = Selector::category("order"), .from = 8, .from_last = "OrderSnapshotted"};
    body = check_example("subscribe", 3, SubscribeRequest{1 << 20, live}, parse_subscribe);
    const SubscribeRequest subscribe = parse_subscribe(body).value();
    CHECK(subscribe.query.limit == Query::kNoLimit);
    CHECK_FALSE(subscribe.query.to.has_value());
    CHECK(subscribe.query.from_last == "OrderSnapshotted");
    check_truncations(body, parse_subscribe);

    body = check_example("credit", 3, Credit{65536}, parse_credit);
    CHECK(parse_credit(body).value().bytes == 65536);
    check_truncations(body, parse_credit);
    check_truncations(check_example("cancel", 3, Cancel{}, parse_cancel), parse_cancel);
  }

  TEST_CASE("message: a query holds no more than its bounds allow, whatever it says") {
    const auto parses = [](const Query& query) {
      std::vector<std::byte> body(body_bytes(ReadRequest{1, query}));
      encode_body(body, ReadRequest{1, query});
      return parse_read(body).has_value();
    };
    const QueryItem item{.types = {"t"}};
    CHECK(parses({.items = std::vector(kQueryItemsMax, item)}));
    CHECK_FALSE(parses({.items = std::vector(kQueryItemsMax + 1, item)}));
    CHECK_FALSE(parses({.items = {{.types = std::vector(kQueryTypesMax + 1, std::string("t"))}}}));
    CHECK_FALSE(parses({.items = {{.tags = std::vector(kQueryTagsMax + 1, std::string("t"))}}}));
    CHECK_FALSE(parses({.selector = {static_cast<Selector::Kind>(5), "x"}}));
  }

  TEST_CASE("message: events carry records as they stand in the segment") {
    const std::vector<std::byte> record = spec_example("record");
    const Extent extent{Salt(0x1122334455667788), FileOffset(4096),
                        static_cast<std::uint32_t>(record.size()), 1};
    const std::span<const std::byte> records(record);
    std::vector<std::byte> frame(events_head_bytes(1));
    encode_events_head(frame, 2, std::span(&extent, 1), std::span(&records, 1));
    frame.insert(frame.end(), record.begin(), record.end());
    CHECK(frame == spec_example("events"));
    const std::vector<std::byte> body(frame.begin() + kFrameHeaderBytes, frame.end());
    const ParsedEvents events = parse_events(body).value();
    REQUIRE(events.extents.size() == 1);
    CHECK(events.extents[0].offset == FileOffset(4096));
    CHECK(std::equal(record.begin(), record.end(), events.records.begin(), events.records.end()));
    check_truncations(body, parse_events);
  }

  TEST_CASE("message: end, progress, ping, pong and info") {
    auto body = check_example("end", 2, End{EndReason::complete, Position(7)}, parse_end);
    check_truncations(body, parse_end);
    body[0] = std::byte{2};
    CHECK_FALSE(parse_end(body).has_value());
    body = check_example("progress", 3, Progress{true, Position(7)}, parse_progress);
    CHECK(parse_progress(body).value().caught_up);
    check_truncations(body, parse_progress);
    check_example("ping", 4, Ping{as_bytes("hi")}, parse_ping);
    check_example("pong", 4, Pong{as_bytes("hi")}, parse_pong);
    const std::vector<std::byte> long_ping(kPingBytesMax + 1);
    CHECK_FALSE(parse_ping(long_ping).has_value());
    CHECK_FALSE(parse_pong(long_ping).has_value());
    check_truncations(check_example("info", 5, InfoRequest{}, parse_info), parse_info);
  }

  TEST_CASE("message: info reply, with and without a failure") {
    StoreInfo info;
    info.store_id = kStore;
    info.incarnation = Incarnation(3);
    info.head = Position(7);
    info.head_time = Timestamp(1'780'000'000'000'000'001);
    info.segments = 2;
    info.sealed_segments = 1;
    info.log_bytes = 1000;
    info.runs = 4;
    info.index_bytes = 4096;
    info.memtable_bytes = 8192;
    info.commits = 4;
    info.groups = 3;
    info.appended_events = 7;
    info.filter_bytes = 512;
    info.run_terms = 256;
    info.merges_waiting = 1;
    info.merge_bytes_per_second = 64 << 20;
    info.merged_bytes = 9'000;
    info.heads_found = 6;
    info.heads_missed = 2;
    info.compressed_segments = 1;
    info.compressed_bytes_before = 65'536;
    info.compressed_bytes = 9'000;
    info.decoded_bytes = 4096;
    info.tree_end = Position(6);
    info.tree_durable_end = Position(5);
    info.runs_of_level = {1, 0, 3};
    auto body = check_example("info_reply", 5, InfoReply{info}, parse_info_reply);
    check_truncations(body, parse_info_reply);
    const StoreInfo parsed = parse_info_reply(body).value().info;
    CHECK(parsed.memtable_bytes == 8192);
    CHECK(parsed.appended_events == 7);
    CHECK(parsed.merged_bytes == 9'000);
    CHECK(parsed.compressed_bytes_before == 65'536);
    CHECK(parsed.compressed_bytes == 9'000);
    CHECK(parsed.decoded_bytes == 4096);
    CHECK(parsed.tree_end == Position(6));
    CHECK(parsed.tree_durable_end == Position(5));
    CHECK(parsed.runs_of_level == info.runs_of_level);
    CHECK_FALSE(parsed.failed.has_value());
    info.failed = "the disk is gone";
    info.tree_end.reset();
    info.durability = Durability::every(std::chrono::milliseconds(20));
    std::vector<std::byte> frame;
    append_frame(frame, 5, InfoReply{info});
    const StoreInfo failed =
        parse_info_reply(std::span(frame).subspan(kFrameHeaderBytes)).value().info;
    CHECK(failed.failed == "the disk is gone");
    CHECK_FALSE(failed.tree_end);
    CHECK(failed.durability.interval.count() == 20);
  }

  TEST_CASE("message: an error comes with its code, text and conflicts") {
    const Error error(Errc::wrong_version, "expected version 1, stream is at 2",
                      {{"order-1", Version(2), Position(7), "OrderPaid"}});
    std::vector<std::byte> frame;
    append_frame(frame, 1, ErrorReply{error});
    CHECK(frame == spec_example("error"));
    const std::vector<std::byte> body(frame.begin() + kFrameHeaderBytes, frame.end());
    const Error parsed = parse_error(body);
    CHECK(parsed.code() == Errc::wrong_version);
    CHECK(parsed.message() == error.message());
    REQUIRE(parsed.conflicts().size() == 1);
    CHECK(parsed.conflicts()[0].position == Position(7));
    CHECK(parsed.conflicts()[0].event_type == "OrderPaid");
    for_each_truncation(body, [](std::span<const std::byte> cut) {
      if (parse_error(cut).code() != Errc::protocol) FAIL(cut.size(), " bytes passed");
    });
  }

  TEST_CASE("message: no bytes make a parser read beyond them or ask for much memory") {
    for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
      std::mt19937 random(seed);
      std::vector<std::byte> body(random() % 120);
      for (std::byte& byte : body) byte = static_cast<std::byte>(random() % 5 == 0 ? random() : 0);
      if (random() % 4 == 0) std::fill(body.begin(), body.end(), std::byte{0xFF});
      parse_with_all(body);
    }
  }
}

}  // namespace esker::format
