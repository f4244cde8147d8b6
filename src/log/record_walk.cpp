#include "log/record_walk.hpp"

#include <algorithm>

#include "base/byte_order.hpp"
#include "log/scan.hpp"
#include "log/witness.hpp"

namespace esker::log {
namespace {

constexpr io::Site kWalk{"log.walk"};
constexpr io::Site kEndOfData{"log.end_of_data"};

/// What is looked at at once to see that there is nothing.
constexpr std::size_t kZeroPieceBytes = 4096;

format::SegmentHeader ending_at(format::SegmentHeader header, FileOffset end) {
  header.file_bytes = end.value();
  return header;
}

}  // namespace

RecordWalk::RecordWalk(io::File& file, const format::SegmentHeader& header, FileOffset end)
    : file_(file),
      header_(ending_at(header, end)),
      bytes_(file, end, kWalk),
      at_(std::min(FileOffset(format::kSegmentHeaderBytes), end)) {}

Result<WalkStep> RecordWalk::next() {
  WalkStep step;
  step.begin = at_;
  ESKER_TRY(const format::ParsedRecord parsed, parse_record_at(bytes_, header_.salt, at_));
  step.fault = parsed.fault;
  if (parsed.fault == format::RecordFault::none) {
    step.kind = WalkStep::Kind::record;
    step.record = parsed.record;
    at_ = at_.plus(parsed.record.padded_bytes());
    step.end = at_;
    return step;
  }
  // Any record that goes back as far as to nothing: the next intact one.
  const FileOffset behind = at_.plus(format::kRecordAlignment);
  std::optional<Witness> intact;
  if (behind < bytes_.end()) {
    ESKER_TRY(intact, find_witness(file_, header_, behind, Position()));
  }
  if (intact) {
    step.kind = WalkStep::Kind::gap;
    at_ = intact->offset;
    step.end = at_;
  } else {
    step.end = bytes_.end();
  }
  return step;
}

Result<FileOffset> end_of_data(io::File& file, FileOffset begin, FileOffset end) {
  ReadAhead bytes(file, end, kEndOfData);
  FileOffset last = begin;
  for (FileOffset at = begin; at < end;) {
    ESKER_TRY(const std::span<const std::byte> view, bytes.at(at, kZeroPieceBytes));
    const auto piece = view.first(std::min(view.size(), kZeroPieceBytes));
    if (!base::is_zero(piece)) {
      const auto data =
          std::find_if(piece.rbegin(), piece.rend(), [](std::byte b) { return b != std::byte{0}; });
      last = at.plus(static_cast<std::uint64_t>(piece.rend() - data));
    }
    at = at.plus(piece.size());
  }
  return last;
}

}  // namespace esker::log
