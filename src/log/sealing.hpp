#pragma once

#include <cstdint>
#include <memory>

#include "esker/result.hpp"
#include "io/directory.hpp"
#include "log/scan.hpp"
#include "log/segment.hpp"

namespace esker::log {

/// Makes a full segment immutable, one blocking call at a time: offset table → sync → footer → sync → opened again as sealed.
///
/// All of the segment's records are durable before it begins. The footer is written only when the table is durable, so a valid footer
/// proves the table and the records (R5 b). Doing it again after a crash or an error writes the same bytes.
class Sealing {
 public:
  /// `directory` outlives this.
  Sealing(io::Directory& directory, std::shared_ptr<Segment> segment);

  /// What has gone wrong, by what it means.
  enum class Failure : std::uint8_t {
    none,
    try_again,  ///< Nothing is at stake: it can be done again from the start.
    final,  ///< A sync failed of a file with durable records: nothing is known of what the disk holds (R4).
  };

  /// Does the next call. True when the segment is sealed. After an error see `failure`.
  Result<bool> step();
  [[nodiscard]] Failure failure() const { return failure_; }

  [[nodiscard]] const std::shared_ptr<Segment>& segment() const { return segment_; }
  /// The same segment as a sealed one, when `step` has said so.
  [[nodiscard]] const std::shared_ptr<Segment>& sealed() const { return sealed_; }

 private:
  enum class Stage : std::uint8_t {
    read_times,
    write_table,
    sync_table,
    write_footer,
    sync_footer,
    open,
    done
  };

  Result<void> do_stage();
  Result<void> read_times();
  Result<void> write_table();
  Result<void> write_footer();
  Result<void> sync(const io::Site& site);
  Result<void> open();

  io::Directory& directory_;
  const std::shared_ptr<Segment> segment_;
  Stage stage_ = Stage::read_times;
  Failure failure_ = Failure::none;
  format::SegmentFooter footer_;
  std::shared_ptr<Segment> sealed_;
};

/// Seals a segment with the records that a scan has found up to the last commit end, all at once: table and footer were damaged. Blocks.
/// `file` is the segment's, open for reading and writing. Errors: `corrupt`: these are not the records of all parts of a merged segment;
/// `io_error`, `no_space`.
Result<void> seal_again(io::Directory& directory, std::unique_ptr<io::File> file,
                        const format::SegmentHeader& header, const SegmentScan& scan);

}  // namespace esker::log
