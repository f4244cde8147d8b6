#include "common/number_text.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace esker::tools {

namespace {

std::string formatted(const char* format, double number) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), format, number);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

std::string with_separators(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string counted(std::uint64_t count, std::string_view one) {
  return with_separators(count) + ' ' + std::string(one) + (count == 1 ? "" : "s");
}

std::string as_bytes_text(std::uint64_t bytes) {
  constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double number = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; number >= 1024 && unit + 1 < kUnits.size(); ++unit) number /= 1024;
  const bool whole = unit == 0 || number >= 100 ||
                     number == static_cast<double>(static_cast<std::uint64_t>(number));
  return formatted(whole ? "%.0f " : "%.1f ", number) + kUnits[unit];
}

std::string filter_bits_text(std::uint64_t filter_bytes, std::uint64_t terms) {
  const std::uint64_t tenths = 80 * filter_bytes / terms;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " filter bits a term";
}

std::string as_duration_text(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  if (seconds < 1) return formatted("%.0f ms", seconds * 1e3);
  if (seconds < 100) return formatted("%.1f s", seconds);
  const auto whole = static_cast<std::uint64_t>(seconds);
  return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
}

}  // namespace esker::tools
