#include "proof/leaf_reader.hpp"

#include <string>

#include "base/assert.hpp"
#include "io/guarded_read.hpp"
#include "log/inventory.hpp"

namespace esker::proof {
namespace {

struct Hashing {
  format::TreeHasher& hasher;
  const format::RecordView& record;
  TreeHash leaf;
};

}  // namespace

Result<TreeHash> LeafReader::leaf(format::TreeHasher& hasher, Position position) {
  if (segment_ == nullptr || position < segment_->first() || position >= segment_->end()) {
    segment_ = segments_->find(position);
    ESKER_ASSERT_VALUES(segment_ != nullptr, position.value());
  }
  ESKER_TRY(const format::RecordView record, segment_->read(position));
  if (record.released) {
    return Error(Errc::not_found, "the event at position " + std::to_string(position.value()) +
                                      " has been released by compaction");
  }
  Hashing hashing{hasher, record, {}};
  const bool readable = io::guarded_read(
      [](void* context) {
        Hashing& of = *static_cast<Hashing*>(context);
        of.leaf = of.hasher.leaf(of.record);
      },
      &hashing);
  if (!readable) return log::unreadable_at(segment_->name(), segment_->offset_of(position));
  return hashing.leaf;
}

}  // namespace esker::proof
