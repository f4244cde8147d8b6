#include "esker/checkpoint.hpp"

#include <optional>
#include <string>

#include "format/json_object.hpp"

namespace esker {
namespace {

constexpr std::string_view kPosition = "position";

}  // namespace

SystemAppend checkpoint_append(std::string_view name, Position position) {
  std::string json = "{";
  format::add_member(json, kPosition, std::to_string(position.value()));
  json += '}';
  const std::span<const std::byte> data = as_bytes(json);
  return {checkpoint_stream_of(name), std::string(kCheckpointType), {data.begin(), data.end()}};
}

Result<Position> parse_checkpoint(std::string_view json) {
  std::optional<Position> position;
  ESKER_TRY(format::for_each_member(json, [&](const format::JsonMember& member) -> Result<void> {
    if (member.name == kPosition && member.number) position = Position(*member.number);
    return ok();
  }));
  if (!position) return Error(Errc::invalid_argument, "a checkpoint has no number \"position\"");
  return *position;
}

}  // namespace esker
