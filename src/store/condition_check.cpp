#include "store/condition_check.hpp"

namespace esker::store {
namespace {

/// So many look-ups and records in one piece.
constexpr std::uint64_t kLooksOfPiece = 4096;

}  // namespace

Result<ConditionLook> ConditionChecker::look(const Condition& condition, Position looked_at) {
  const Position visible = log_.visible();
  if (looked_at >= visible) return ConditionLook{looked_at, true, {}};
  return look_at_condition(index_, hasher_, condition, {looked_at.next(), visible.next()},
                           kLooksOfPiece,
                           [this](Position position) { return records_.read(position); });
}

}  // namespace esker::store
