#include "log/damage_fixture.hpp"

namespace esker::log {

std::uint64_t DamageFixture::make_log() {
  open();
  fill_segments(3);
  committed(2);
  committed(3, 500);
  committed(1);
  run_background();
  const std::uint64_t events = log_->visible().value();
  for (Position position(1); position <= log_->visible(); position = position.next()) {
    const std::shared_ptr<Segment> segment = log_->segments()->find(position);
    offsets_.push_back(segment->offset_of(position).value());
    segments_.push_back(segment->header().id.value());
  }
  close();
  return events;
}

DamageFixture::Verified DamageFixture::verify() {
  Verified verified;
  VerifyCallbacks callbacks{
      .on_fault = [&](const Finding& fault) { verified.faults.push_back(fault); },
      .on_note = [&](const Finding& note) { verified.notes.push_back(note); },
      .on_progress = [](std::uint64_t done, std::uint64_t total) { CHECK(done <= total); },
  };
  Result<VerifyReport> report = verify_log(*directory_, callbacks);
  REQUIRE_MESSAGE(report.has_value(), report.assume_error().message());
  verified.report = std::move(report).assume_value();
  CHECK(verified.report.faults == verified.faults.size());
  return verified;
}

DamageFixture::Verified DamageFixture::one_fault(const std::string& file_name,
                                                 std::uint64_t offset) {
  Verified verified = verify();
  REQUIRE(verified.faults.size() == 1);
  CHECK(verified.faults[0].file == "/sim/" + file_name);
  CHECK(verified.faults[0].offset.value() == offset);
  return verified;
}

void DamageFixture::check_usable(std::uint64_t events) {
  const Verified verified = verify();
  REQUIRE_MESSAGE(verified.faults.empty(), verified.faults[0].reason);
  open();
  CHECK(check_all() == events);
  committed(4);
  CHECK(check_all() == events + 4);
  close();
  CHECK(verify().faults.empty());
}

Result<RepairReport> DamageFixture::try_repair(RepairOptions options) {
  RepairCallbacks callbacks{
      .verify = {.on_fault = [](const Finding&) {},
                 .on_note = [](const Finding&) {},
                 .on_progress = [](std::uint64_t, std::uint64_t) {}},
      .on_action = [this](const std::string& line) { actions_.push_back(line); },
      .make_set_aside = [this]() -> Result<std::unique_ptr<io::Directory>> {
        set_aside_path_ = "/set-aside-" + std::to_string(++set_asides_);
        return disk_.open_directory(set_aside_path_);
      },
  };
  return repair_log(*directory_, options, callbacks);
}

RepairReport DamageFixture::repair(RepairOptions options) {
  Result<RepairReport> report = try_repair(options);
  REQUIRE_MESSAGE(report.has_value(), report.assume_error().message());
  return std::move(report).assume_value();
}

void DamageFixture::write_bytes(const std::string& name, std::uint64_t offset, std::size_t bytes,
                                std::byte value) {
  const std::vector<std::byte> written(bytes, value);
  disk_.damage(name, offset, written);
}

}  // namespace esker::log
