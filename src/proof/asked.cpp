#include "proof/asked.hpp"

#include <string>

namespace esker::proof {
namespace {

std::string text_of(Position position) { return std::to_string(position.value()); }

}  // namespace

Result<Position> root_asked_for(std::optional<Position> root, Position last) {
  if (root.value_or(last) <= last) return root.value_or(last);
  return Error(Errc::position_ahead, "there is no root at position " + text_of(*root) +
                                         ": the log ends at " + text_of(last));
}

Result<void> check_event_asked_for(Position position, Position root) {
  if (position != Position() && position <= root) return ok();
  return Error(Errc::invalid_argument, "position " + text_of(position) +
                                           " is not one of those of the root at " + text_of(root) +
                                           ": they are 1 to that");
}

Result<void> check_older_root(Position from, Position to) {
  if (from <= to) return ok();
  return Error(Errc::invalid_argument, "the older root, at position " + text_of(from) +
                                           ", is behind the newer one, at " + text_of(to));
}

}  // namespace esker::proof
