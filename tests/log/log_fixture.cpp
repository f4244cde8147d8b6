#include "log/log_fixture.hpp"

#include <algorithm>

namespace esker::log {
namespace {

constexpr std::string_view kStream = "stream-1";
constexpr std::string_view kType = "happened";

Uuid id_of(Position position) { return Uuid::from_name(Uuid(), std::to_string(position.value())); }

}  // namespace

std::vector<std::byte> data_of(Position position, std::size_t bytes) {
  std::vector<std::byte> data(bytes);
  for (std::size_t i = 0; i < bytes; ++i) {
    data[i] = static_cast<std::byte>((position.value() * 31 + i * 7 + 1) & 0xFF);
  }
  return data;
}

LogFixture::LogFixture() : directory_(disk_.open_directory()) {
  options_.segment_bytes_first = 64 << 10;
  options_.segment_bytes = 64 << 10;
}

Result<void> LogFixture::try_open() {
  ESKER_TRY(log_, Log::open(*directory_, clock_, options_));
  log_->set_callbacks([] {}, [this] { failure_announced_ = log_->failure().has_value(); },
                      [this](std::shared_ptr<Segment>) { ++sealed_; });
  const LogEnd end = log_->end_at_open();
  segment_ = end.segment;
  used_ = end.offset;
  placed_ = segment_->end().value() - segment_->first().value();
  last_ = end.position;
  return ok();
}

void LogFixture::open() {
  const Result<void> opened = try_open();
  REQUIRE_MESSAGE(opened.has_value(), opened.assume_error().message());
}

void LogFixture::crash(const sim::CrashPolicy& policy) {
  drop();
  disk_.crash_power(policy);
  directory_ = disk_.open_directory();
  open();
}

Result<Group> LogFixture::build(std::size_t events, std::size_t data_bytes) {
  std::vector<std::vector<std::byte>> data;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < events; ++i) {
    data.push_back(data_of(last_.plus(i + 1), data_bytes));
    bytes += format::record_bytes(kStream, {{}, kType, data.back(), {}});
  }
  if (!log_->room(*segment_, used_, placed_, bytes, events)) {
    Result<std::shared_ptr<Segment>> next = log_->roll(*segment_, placed_, bytes, events);
    if (!next && next.assume_error().code() == Errc::busy) {
      run_background();
      next = log_->roll(*segment_, placed_, bytes, events);
    }
    ESKER_TRY(segment_, std::move(next));
    used_ = FileOffset(format::kSegmentHeaderBytes);
    placed_ = 0;
  }
  Group group;
  group.segment = segment_;
  group.begin = used_;
  group.first = last_.next();
  group.bytes.resize(bytes);
  group.last_time = clock_.now();
  std::size_t at = 0;
  for (std::size_t i = 0; i < events; ++i) {
    last_ = last_.next();
    const NewEvent event{id_of(last_), kType, data[i], {}};
    const std::size_t size = format::record_bytes(kStream, event);
    format::encode_record(
        std::span(group.bytes).subspan(at, size), segment_->header().salt, used_, kStream, event,
        {last_, Version(last_.value()), clock_.now(), log_->synced(), i + 1 == events});
    group.offsets.push_back(static_cast<std::uint32_t>(used_.value() / format::kRecordAlignment));
    used_ = used_.plus(size);
    at += size;
  }
  placed_ += events;
  return group;
}

Result<void> LogFixture::commit(std::size_t events, std::size_t data_bytes) {
  ESKER_TRY(const Group group, build(events, data_bytes));
  return log_->write_group(group);
}

void LogFixture::committed(std::size_t events, std::size_t data_bytes) {
  const Result<void> done = commit(events, data_bytes);
  REQUIRE_MESSAGE(done.has_value(), done.assume_error().message());
}

void LogFixture::fill_segments(std::size_t count) {
  while (log_->segments()->all().size() < count) committed(8, 1000);
  run_background();
}

void LogFixture::run_background() {
  while (log_->background_step()) {
  }
}

void LogFixture::carry_through(Compaction& compaction) {
  while (true) {
    const Result<bool> done = compaction.step();
    REQUIRE_MESSAGE(done.has_value(), done.assume_error().message());
    if (done.assume_value()) break;
  }
  if (compaction.compacted() == nullptr) return;
  log_->replace(compaction.segments(), compaction.compacted());
}

void LogFixture::release(Position begin, Position end) {
  const std::shared_ptr<const SegmentSet> before = log_->segments();
  for (const std::shared_ptr<Segment>& segment : before->all()) {
    if (!segment->sealed()) continue;
    Compaction compaction(
        *directory_, {segment},
        [&](const format::RecordView& record) {
          return record.position >= begin && record.position < end ? Fate::drop : Fate::keep;
        },
        Compaction::Extent::all);
    carry_through(compaction);
  }
}

std::uint64_t LogFixture::check_all() {
  const std::shared_ptr<const SegmentSet> segments = log_->segments();
  for (Position position(1); position <= log_->visible(); position = position.next()) {
    const std::shared_ptr<Segment> segment = segments->find(position);
    REQUIRE(segment != nullptr);
    const Result<format::RecordView> record = segment->read(position);
    REQUIRE_MESSAGE(record.has_value(), record.assume_error().message());
    const format::RecordView& view = record.assume_value();
    REQUIRE(view.position == position);
    REQUIRE(view.id == id_of(position));
    const std::vector<std::byte> data = data_of(position, view.data.size());
    REQUIRE(std::equal(data.begin(), data.end(), view.data.begin()));
  }
  return log_->visible().value();
}

void LogFixture::flip(const std::string& name, std::uint64_t offset) {
  const std::byte changed = disk_.bytes(name)[offset] ^ std::byte{0x10};
  disk_.damage(name, offset, std::span(&changed, 1));
}

}  // namespace esker::log
