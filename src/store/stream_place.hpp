#pragma once

#include <string_view>

#include "esker/result.hpp"
#include "store/read_context.hpp"
#include "store/record_reader.hpp"
#include "store/stream_heads.hpp"

namespace esker::store {

/// Finds a stream's events by version: a stream's postings ascend like its versions, so the index's answers between two known
/// events narrow down where a version must be. Costs O(log) look-ups, not a scan. Threads: one at a time.
class StreamPlace {
 public:
  StreamPlace(const ReadContext& context, std::string_view stream)
      : context_(context),
        stream_(stream),
        term_(context.hasher.stream(stream)),
        records_(context.log) {}
  ~StreamPlace() { context_.records_read += records_.reads(); }
  StreamPlace(const StreamPlace&) = delete;
  StreamPlace& operator=(const StreamPlace&) = delete;

  /// The stream's last event among those before `end`; version 0 when it has none. Errors: those of reading.
  Result<StreamHead> last_before(Position end);

  /// The position of the stream's first event whose version is at least `version`, which must be in [1, `head.version`].
  /// Errors: those of reading; `corrupt` when the stream does not have it although its head says so.
  Result<Position> find(Version version, const StreamHead& head);

 private:
  const ReadContext& context_;
  std::string_view stream_;
  index::Term term_;
  RecordReader records_;
  std::vector<Position> found_;
};

}  // namespace esker::store
