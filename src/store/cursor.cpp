#include "esker/cursor.hpp"

#include "store/query_walk.hpp"

namespace esker {

Cursor::Cursor(std::unique_ptr<store::QueryWalk> walk) : walk_(std::move(walk)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

Result<std::optional<EventView>> Cursor::next() { return walk_->next(); }

Explanation Cursor::explanation() const { return walk_->explanation(); }

}  // namespace esker
