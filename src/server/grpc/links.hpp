#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "esker/event.hpp"
#include "esker/query.hpp"
#include "esker/system_streams.hpp"
#include "esker/types.hpp"

/// Links: events that stand for another one, in a stream of their own. Those of KurrentDB's system projections are not written here:
/// reading such a stream is a query, and each event it finds gets a link that is made up.
namespace esker::server::kurrent {

inline constexpr std::string_view kLinkType = "$>";

inline constexpr std::string_view kByCategory = "$ce-";
inline constexpr std::string_view kByType = "$et-";
inline constexpr std::string_view kByCorrelation = "$bc-";
inline constexpr std::string_view kStreams = "$streams";

/// The tag that an event has which was appended with this correlation id in its metadata: `$bc-…` finds it by that.
[[nodiscard]] std::string correlation_tag(std::string_view id);
/// The value of `$correlationId` in metadata that is a JSON object; nothing when it has none, or one that a tag cannot hold.
[[nodiscard]] std::optional<std::string> correlation_id_in(std::span<const std::byte> metadata);

/// Whether a stream of this name is a system projection's, so that nothing can be appended to it.
[[nodiscard]] bool is_projection(std::string_view stream);
/// What the projection's stream of this name links to, in the order of positions. Only for those that are one.
[[nodiscard]] Query projection_query(std::string_view stream);

/// Whether the projection links to an event that its query finds: what ends a stream is none to be read.
[[nodiscard]] inline bool is_linked(const EventView& event) { return event.type != kTombstoneType; }

/// What a link links to.
struct LinkTarget {
  Version version;
  std::string_view stream;

  friend bool operator==(const LinkTarget&, const LinkTarget&) = default;
};

/// What stands in a link to `target`: "0@order-1".
[[nodiscard]] std::string link_text(const EventView& target);
/// What a link's data says; nothing when it is not of that form. The view is into `data`.
[[nodiscard]] std::optional<LinkTarget> parse_link(std::span<const std::byte> data);

/// The id of the link that `stream` has to the event: always the same.
[[nodiscard]] EventId link_id(std::string_view stream, const EventId& target);

}  // namespace esker::server::kurrent
