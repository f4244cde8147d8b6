#include "store/record_reader.hpp"

#include <string>

namespace esker::store {

Result<void> RecordReader::find_segment(Position position) {
  std::shared_ptr<log::Segment> segment = log_->segments()->find(position);
  if (segment == nullptr || position < segment->first() || position >= segment->end()) {
    return Error(Errc::corrupt, "no segment holds position " + std::to_string(position.value()) +
                                    ": run es-tool verify on the directory");
  }
  first_ = segment->first();
  end_ = segment->end();
  segment_ = std::move(segment);
  return ok();
}

}  // namespace esker::store
