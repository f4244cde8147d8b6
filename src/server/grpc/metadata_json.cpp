#include "server/grpc/metadata_json.hpp"

#include "format/json_object.hpp"

namespace esker::server::kurrent {
namespace {

constexpr std::string_view kDeleted = "$deleted";
constexpr std::string_view kDeletedBefore = "$deletedBefore";
constexpr std::string_view kTruncated = "$tb";

}  // namespace

bool tells_of_deletion(std::string_view json) {
  return json.find(kDeleted) != std::string_view::npos;  // the longer name begins alike
}

std::string metadata_for_client(std::string_view json, std::uint64_t truncated) {
  std::string told = "{";
  std::uint64_t most = truncated;
  const Result<void> parsed =
      format::for_each_member(json, [&](const format::JsonMember& member) -> Result<void> {
        if (member.name == kTruncated) {
          most = std::max(most, member.number.value_or(0));
        } else if (member.name != kDeleted && member.name != kDeletedBefore) {
          format::add_member(told, member.name, member.text);
        }
        return ok();
      });
  if (!parsed) return std::string(json);
  format::add_member(told, kTruncated, std::to_string(most));
  return told += '}';
}

Result<std::string> metadata_behind_deletion(std::string_view json, Position deleted_before) {
  std::string kept = "{";
  ESKER_TRY(format::for_each_member(json, [&](const format::JsonMember& member) -> Result<void> {
    if (member.name != kDeletedBefore) format::add_member(kept, member.name, member.text);
    return ok();
  }));
  format::add_member(kept, kDeletedBefore, std::to_string(deleted_before.value()));
  return kept += '}';
}

}  // namespace esker::server::kurrent
