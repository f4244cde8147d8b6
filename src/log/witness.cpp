#include "log/witness.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/byte_order.hpp"
#include "format/record.hpp"
#include "log/read_ahead.hpp"
#include "log/scan.hpp"

namespace esker::log {
namespace {

constexpr io::Site kFindWitness{"log.find_witness"};

/// What is looked at at once to see that there is nothing: most of what is searched for witnesses is zeros.
constexpr std::size_t kZeroPieceBytes = 4096;

/// The checksums of a file's bytes from one place up to any other behind it. Each byte is read once, and up to a block of them
/// with each question.
class BeginningChecksums {
 public:
  BeginningChecksums(io::File& file, FileOffset begin, FileOffset end)
      : file_(file), begin_(begin), bytes_(file, end, kFindWitness) {}

  /// The CRC-32C from the beginning up to `end`.
  Result<std::uint32_t> until(FileOffset end) {
    const std::uint64_t distance = end.value() - begin_.value();
    const std::uint64_t whole = distance / kBlockBytes;
    while (of_blocks_.size() <= whole) {
      const FileOffset block = begin_.plus((of_blocks_.size() - 1) * kBlockBytes);
      ESKER_TRY(const std::span<const std::byte> view, bytes_.at(block, kBlockBytes));
      of_blocks_.push_back(format::crc32c_extend(of_blocks_.back(), view.first(kBlockBytes)));
    }
    std::array<std::byte, kBlockBytes> buffer;
    const std::span<std::byte> rest = std::span(buffer).first(distance % kBlockBytes);
    if (!rest.empty()) {
      ESKER_TRY(file_.read_at(begin_.plus(whole * kBlockBytes), rest, kFindWitness));
    }
    return format::crc32c_extend(of_blocks_[whole], rest);
  }

 private:
  static constexpr std::size_t kBlockBytes = 512;  // costs a 128th of what is searched

  io::File& file_;
  const FileOffset begin_;
  ReadAhead bytes_;
  std::vector<std::uint32_t> of_blocks_{0};  // of so many whole blocks as the place says
};

class WitnessSearch {
 public:
  WitnessSearch(io::File& file, const format::SegmentHeader& header, FileOffset from)
      : salt_(header.salt),
        at_(from),
        bytes_(file, FileOffset(header.file_bytes), kFindWitness),
        checksums_(file, from, FileOffset(header.file_bytes)) {}

  Result<std::optional<Witness>> find(Position position) {
    while (at_ < bytes_.end()) {
      ESKER_TRY(const std::span<const std::byte> view, bytes_.at(at_, kZeroPieceBytes));
      const std::size_t piece = std::min(view.size(), kZeroPieceBytes);
      if (base::is_zero(view.first(piece))) {
        at_ = at_.plus(piece);
        continue;
      }
      ESKER_TRY(const bool likely, has_checksum_of_record(view));
      if (!likely) {
        at_ = at_.plus(format::kRecordAlignment);
        continue;
      }
      ESKER_TRY(const format::ParsedRecord parsed, parse_record_at(bytes_, salt_, at_));
      if (parsed.fault != format::RecordFault::none) {
        at_ = at_.plus(format::kRecordAlignment);
        continue;
      }
      if (parsed.record.durable >= position) {
        return std::optional(Witness{at_, parsed.record.position, parsed.record.durable});
      }
      at_ = at_.plus(parsed.record.padded_bytes());  // what is inside is an event's data
    }
    return std::optional<Witness>();
  }

 private:
  /// Whether the checksum in what may be a record's header is that of the bytes it claims. They are not read for it: millions of headers
  /// whose records overlap would make that a matter of hours.
  Result<bool> has_checksum_of_record(std::span<const std::byte> view) {
    if (view.size() < format::kRecordHeaderBytes) return false;
    const std::optional<format::RecordClaim> claim = format::load_claim(view);
    if (!claim || claim->padded_bytes > bytes_.end().value() - at_.value()) return false;
    const FileOffset begin = at_.plus(format::kRecordCheckedBegin);
    const FileOffset end = at_.plus(claim->padded_bytes);
    ESKER_TRY(const std::uint32_t until_begin, checksums_.until(begin));
    ESKER_TRY(const std::uint32_t until_end, checksums_.until(end));
    return claim->checksum == format::crc32c_between(format::place_seed(salt_, at_), until_begin,
                                                     until_end, end.value() - begin.value());
  }

  const format::Salt salt_;
  FileOffset at_;
  ReadAhead bytes_;
  BeginningChecksums checksums_;
};

}  // namespace

Result<std::optional<Witness>> find_witness(io::File& file, const format::SegmentHeader& header,
                                            FileOffset from, Position position) {
  return WitnessSearch(file, header, from).find(position);
}

}  // namespace esker::log
