#include "common/utc_time.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace esker::tools {

namespace {

std::string format(Timestamp time, char separator, bool nanoseconds) {
  using namespace std::chrono;
  constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
  const std::uint64_t whole = time.value() / kNanosecondsPerSecond;
  const std::uint64_t fraction = time.value() % kNanosecondsPerSecond;
  const sys_seconds instant{seconds(static_cast<std::int64_t>(whole))};
  const auto day = floor<days>(instant);
  const year_month_day date(day);
  const hh_mm_ss clock(instant - day);

  std::array<char, 64> text{};
  const int length = std::snprintf(
      text.data(), text.size(),
      nanoseconds ? "%04d-%02u-%02u%c%02d:%02d:%02d.%09lluZ"
                  : "%04d-%02u-%02u%c%02d:%02d:%02d.%03llu",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), separator, static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<unsigned long long>(nanoseconds ? fraction : fraction / 1'000'000));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string to_rfc3339(Timestamp time) { return format(time, 'T', true); }

std::string to_readable(Timestamp time) { return format(time, ' ', false); }

}  // namespace esker::tools
