#include "log/witness.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/byte_order.hpp"
#include "format/record.hpp"
#include "log/log_fixture.hpp"

namespace esker::log {
namespace {

class WitnessFixture : protected LogFixture {
 protected:
  void read() {
    file_ = directory_->open(file(1), io::OpenMode::read_only, io::Site{"test.open"}).value();
    header_ = log_->segments()->all()[0]->header();
  }

  std::unique_ptr<io::File> file_;
  format::SegmentHeader header_;
};

/// Bytes in memory as a file that counts what is read of it.
class CountedFile final : public io::File {
 public:
  explicit CountedFile(std::size_t bytes) : io::File("counted"), bytes_(bytes) {}

  [[nodiscard]] std::span<std::byte> bytes() { return bytes_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  void will_read(std::uint64_t /*begin*/, std::uint64_t /*end*/) const override {}
  void will_sync(std::uint64_t /*begin*/, std::uint64_t /*end*/) override {}

 protected:
  io::CallResult pread(std::span<std::byte> into, std::uint64_t offset,
                       const io::Site& /*site*/) override {
    const std::size_t count = std::min<std::size_t>(into.size(), bytes_.size() - offset);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    bytes_read_ += count;
    return {static_cast<std::int64_t>(count), 0};
  }
  io::CallResult pwrite(std::span<const std::byte> /*bytes*/, std::uint64_t /*offset*/,
                        const io::Site& /*site*/) override {
    return {-1, EBADF};
  }
  io::CallResult fdatasync(const io::Site& /*site*/) override { return {-1, EBADF}; }
  io::CallResult fsync(const io::Site& /*site*/) override { return {-1, EBADF}; }
  io::CallResult fstat_size(const io::Site& /*site*/) override {
    return {static_cast<std::int64_t>(bytes_.size()), 0};
  }
  io::CallResult fstat_links(const io::Site& /*site*/) override { return {1, 0}; }
  io::CallResult ficlone(const io::File& /*from*/, const io::Site& /*site*/) override {
    return {-1, EBADF};
  }
  io::CallResult ftruncate(std::uint64_t /*bytes*/, const io::Site& /*site*/) override {
    return {-1, EBADF};
  }
  io::CallResult flock_exclusive(const io::Site& /*site*/) override { return {-1, EBADF}; }
  io::CallResult mmap(std::uint64_t /*bytes*/, std::unique_ptr<io::Mapping>& /*mapping*/,
                      const io::Site& /*site*/) override {
    return {-1, EBADF};
  }

 private:
  std::vector<std::byte> bytes_;
  std::uint64_t bytes_read_ = 0;
};

/// Fills `bytes` with what reads as the header of a record of up to a mebibyte at almost every 8 bytes. Each 8 bytes are one header's
/// length, another's length of data, and a third one's lengths of names.
void fill_with_headers(std::span<std::byte> bytes) {
  constexpr std::uint32_t kTypesMax = 16;
  for (std::size_t word = 0; (word + 1) * 8 <= bytes.size(); ++word) {
    const auto type = kTypesMax - static_cast<std::uint32_t>(word / 6 % kTypesMax);
    // The upper half is the length of the record that begins here, the lower half belongs to those that began before.
    const std::uint64_t half = (type << 16) | 1;
    base::store_le(bytes, word * 8, half << 32 | half);
  }
}

}  // namespace

TEST_SUITE("log") {
  TEST_CASE_FIXTURE(WitnessFixture, "witness: a later record tells how far the log was durable") {
    open();
    committed(2);
    committed(2);
    committed(2);
    const auto segment = log_->segments()->all()[0];
    read();
    const auto third = find_witness(*file_, header_, segment->offset_of(Position(3)), Position(4));
    REQUIRE(third.has_value());
    REQUIRE(third.assume_value().has_value());
    CHECK(third.assume_value()->position == Position(5));
    CHECK(third.assume_value()->durable == Position(4));
    const auto none = find_witness(*file_, header_, segment->offset_of(Position(3)), Position(5));
    REQUIRE(none.has_value());
    CHECK_FALSE(none.assume_value().has_value());
  }

  TEST_CASE_FIXTURE(WitnessFixture, "witness: records copied into an event's data prove nothing") {
    open();
    committed(2);
    committed(2);
    const auto segment = log_->segments()->all()[0];
    const FileOffset end = segment->offset_of(Position(5));
    const auto bytes = segment->bytes(segment->offset_of(Position(3)), end);
    disk_.damage(file(1), end.value() + 64, bytes);
    read();
    const auto witness = find_witness(*file_, header_, end, Position(1));
    REQUIRE(witness.has_value());
    CHECK_FALSE(witness.assume_value().has_value());
  }

  TEST_CASE("witness: bytes made up to look like records do not slow the search down") {
    format::SegmentHeader header;
    header.salt = format::Salt(42);
    header.file_bytes = 2 << 20;
    CountedFile file(header.file_bytes);
    fill_with_headers(file.bytes());
    std::size_t headers = 0;
    for (std::size_t at = 0; at + format::kRecordHeaderBytes <= header.file_bytes; at += 8) {
      const auto view = file.bytes().subspan(at, format::kRecordHeaderBytes);
      if (format::load_claim(view)) ++headers;
    }
    REQUIRE(headers > header.file_bytes / 8 / 2);

    const FileOffset from(format::kSegmentHeaderBytes);
    const auto none = find_witness(file, header, from, Position(5));
    REQUIRE(none.has_value());
    CHECK_FALSE(none.assume_value().has_value());
    CHECK(file.bytes_read() < header.file_bytes * 100);  // by one header after the other: 40,000

    // A real one is found behind all that.
    NewEvent event;
    event.id = EventId::parse("00000000-0000-4000-8000-000000000001").value();
    event.type = "type";
    const FileOffset real(header.file_bytes - 4096);
    format::encode_record(file.bytes().subspan(real.value()), header.salt, real, "stream", event,
                          {Position(8), Version(1), Timestamp(1), Position(7), true});
    const auto found = find_witness(file, header, from, Position(5));
    REQUIRE(found.has_value());
    REQUIRE(found.assume_value().has_value());
    CHECK(found.assume_value()->offset == real);
  }
}

}  // namespace esker::log
