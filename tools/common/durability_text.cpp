#include "common/durability_text.hpp"

#include <charconv>
#include <cstdint>

namespace esker::tools {

namespace {
constexpr std::string_view kInterval = "interval:";
}

std::string to_text(Durability durability) {
  switch (durability.mode) {
    case Durability::Mode::sync:
      return "sync";
    case Durability::Mode::interval:
      return std::string(kInterval) + std::to_string(durability.interval.count());
    case Durability::Mode::none:
      break;
  }
  return "none";
}

std::optional<Durability> parse_durability(std::string_view text) {
  if (text == "sync") return Durability::sync();
  if (text == "none") return Durability::none();
  if (!text.starts_with(kInterval)) return std::nullopt;
  text.remove_prefix(kInterval.size());
  std::uint32_t milliseconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, milliseconds);
  if (error != std::errc() || stopped != end || milliseconds == 0) return std::nullopt;
  return Durability::every(std::chrono::milliseconds(milliseconds));
}

}  // namespace esker::tools
