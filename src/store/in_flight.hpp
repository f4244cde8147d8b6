#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "format/record.hpp"
#include "log/group.hpp"

namespace esker::store {

/// The groups whose records have positions but are not visible yet, the one being built included, so that deciding can look into
/// them; and the buffers of groups that are done with, for the next ones. Threads: the builder's.
class InFlight {
 public:
  /// `group_bytes_max`: buffers that have grown far beyond it (one huge commit) are not kept.
  explicit InFlight(std::uint64_t group_bytes_max) : kept_bytes_max_(2 * group_bytes_max) {}

  /// A new, empty group, with the buffers of an old one when there is one.
  std::shared_ptr<log::Group> begin_group(std::shared_ptr<log::Segment> segment, FileOffset begin,
                                          Position first);

  /// Lets go of the groups that lie at or before `written`: visible, and the writer has said that it is done with them.
  void release(Position written);

  /// The group that holds `position`; null when it is not in flight. Valid until `release` or `begin_group`.
  [[nodiscard]] const log::Group* find(Position position) const;

  [[nodiscard]] std::size_t groups() const { return groups_.size(); }

 private:
  std::uint64_t kept_bytes_max_;
  std::deque<std::shared_ptr<log::Group>> groups_;
  std::vector<std::shared_ptr<log::Group>> spare_;
};

}  // namespace esker::store
