#include "server/grpc/links.hpp"

#include <charconv>

#include "esker/tags.hpp"
#include "format/json_object.hpp"
#include "server/grpc/numbers.hpp"

namespace esker::server::kurrent {
namespace {

constexpr std::string_view kCorrelation = "$correlationId";

/// What a JSON string without escapes says; nothing when it is not one.
std::optional<std::string_view> plain_string(std::string_view json) {
  if (json.size() < 3 || json.front() != '"' || json.back() != '"') return std::nullopt;
  const std::string_view inside = json.substr(1, json.size() - 2);
  if (inside.find('\\') != std::string_view::npos) return std::nullopt;
  return inside;
}

}  // namespace

std::string correlation_tag(std::string_view id) {
  return std::string(kCorrelation).append("=").append(id);
}

std::optional<std::string> correlation_id_in(std::span<const std::byte> metadata) {
  // Nearly no metadata has one, which is found out without parsing it.
  if (as_text(metadata).find(kCorrelation) == std::string_view::npos) return std::nullopt;
  std::optional<std::string> id;
  const Result<void> parsed = format::for_each_member(
      as_text(metadata), [&id](const format::JsonMember& member) -> Result<void> {
        if (member.name == kCorrelation) id = plain_string(member.text);
        return ok();
      });
  if (!parsed || !id || correlation_tag(*id).size() > kTagBytesMax) return std::nullopt;
  return id;
}

bool is_projection(std::string_view stream) {
  return stream == kStreams || (stream.starts_with(kByCategory) && stream != kByCategory) ||
         (stream.starts_with(kByType) && stream != kByType) ||
         (stream.starts_with(kByCorrelation) && stream != kByCorrelation);
}

Query projection_query(std::string_view stream) {
  Query query;
  if (stream == kStreams) {
    query.first_of_stream = true;
  } else if (stream.starts_with(kByCategory)) {
    query.selector = Selector::category(std::string(stream.substr(kByCategory.size())));
  } else if (stream.starts_with(kByType)) {
    query.system = true;  // what they are called says whether they are wanted
    query.items = {{{std::string(stream.substr(kByType.size()))}, {}}};
  } else {
    query.items = {{{}, {correlation_tag(stream.substr(kByCorrelation.size()))}}};
  }
  return query;
}

std::string link_text(const EventView& target) {
  return std::to_string(revision_of(target.version)).append("@").append(target.stream);
}

std::optional<LinkTarget> parse_link(std::span<const std::byte> data) {
  const std::string_view text = as_text(data);
  std::uint64_t revision = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || digits >= text.size() || text[digits] != '@') return std::nullopt;
  const std::string_view stream = text.substr(digits + 1);
  if (stream.empty()) return std::nullopt;
  return LinkTarget{version_of(revision), stream};
}

EventId link_id(std::string_view stream, const EventId& target) {
  return Uuid::from_name(target, stream);
}

}  // namespace esker::server::kurrent
