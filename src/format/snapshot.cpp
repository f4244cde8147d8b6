#include "esker/snapshot.hpp"

#include <charconv>
#include <utility>

namespace esker {
namespace {

constexpr std::string_view kVersionTag = "$version=";

}  // namespace

SystemAppend snapshot_append(std::string_view stream, const Snapshot& snapshot) {
  Tags tags;
  tags.add(std::string(kVersionTag) + std::to_string(snapshot.version.value()));
  return {snapshot_stream_of(stream), snapshot.type, snapshot.data, snapshot.metadata,
          std::move(tags)};
}

std::optional<Version> snapshot_version(std::string_view stream, const TagsView& tags) {
  if (!stream.starts_with(kSnapshotMark)) return std::nullopt;
  for (const std::string_view tag : tags) {
    if (!tag.starts_with(kVersionTag)) continue;
    const std::string_view digits = tag.substr(kVersionTag.size());
    const char* const end = digits.data() + digits.size();
    std::uint64_t version = 0;
    const auto [at, error] = std::from_chars(digits.data(), end, version);
    if (error == std::errc() && at == end && version > 0) return Version(version);
  }
  return std::nullopt;
}

std::optional<Snapshot> as_snapshot(const EventView& event) {
  const std::optional<Version> version = snapshot_version(event.stream, event.tags);
  if (!version) return std::nullopt;
  return Snapshot{*version,
                  std::string(event.type),
                  {event.data.begin(), event.data.end()},
                  {event.metadata.begin(), event.metadata.end()}};
}

}  // namespace esker
