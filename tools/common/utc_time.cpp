#include "common/utc_time.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace esker::tools {

namespace {

/// Takes numbers of a fixed length from a text. What does not fit is told once, at the end.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool begins_with(char symbol) const { return rest_.starts_with(symbol); }
  void skip(char symbol) {
    if (begins_with(symbol)) rest_.remove_prefix(1);
  }

  std::uint64_t take(std::size_t digits) {
    const std::string_view taken = rest_.substr(0, digits);
    const bool all = taken.size() == digits && taken.find_first_not_of("0123456789") == taken.npos;
    sound_ = sound_ && all;
    if (!sound_) return 0;
    rest_.remove_prefix(digits);
    std::uint64_t number = 0;
    for (const char digit : taken) number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    return number;
  }

  std::uint64_t after(char symbol, std::size_t digits) {
    sound_ = sound_ && begins_with(symbol);
    skip(symbol);
    return take(digits);
  }

  /// Nanoseconds of up to nine digits behind a point.
  std::uint64_t fraction() {
    skip('.');
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    sound_ = sound_ && digits >= 1 && digits <= 9;
    std::uint64_t number = take(sound_ ? digits : 0);
    for (std::size_t i = digits; i < 9; ++i) number *= 10;
    return number;
  }

  [[nodiscard]] bool done() const { return sound_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool sound_ = true;
};

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

std::optional<Timestamp> parse_utc_time(std::string_view text) {
  using namespace std::chrono;
  Digits in(text);
  const auto year_number = in.take(4);
  const auto month_number = in.after('-', 2);
  const auto day_number = in.after('-', 2);
  std::uint64_t clock[3] = {};
  std::uint64_t fraction = 0;
  if (in.begins_with('T') || in.begins_with(' ')) {
    in.skip(in.begins_with('T') ? 'T' : ' ');
    clock[0] = in.take(2);
    clock[1] = in.after(':', 2);
    if (in.begins_with(':')) clock[2] = in.after(':', 2);
    if (in.begins_with('.')) fraction = in.fraction();
    in.skip('Z');
  }
  const year_month_day date{year(static_cast<int>(year_number)),
                            month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number))};
  const bool sound = in.done() && date.ok() && clock[0] < 24 && clock[1] < 60 && clock[2] < 60 &&
                     year_number >= 1970 && year_number < 2554;
  if (!sound) return std::nullopt;
  const auto days_since = static_cast<std::uint64_t>(sys_days(date).time_since_epoch().count());
  const std::uint64_t whole = days_since * 86'400 + clock[0] * 3'600 + clock[1] * 60 + clock[2];
  return Timestamp(whole * 1'000'000'000 + fraction);
}

std::string to_rfc3339(Timestamp time) { return format(time, 'T', true); }

std::string to_readable(Timestamp time) { return format(time, ' ', false); }

}  // namespace esker::tools
