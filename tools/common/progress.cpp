#include "common/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <utility>

#include "common/number_text.hpp"

namespace esker::tools {

namespace {

constexpr std::size_t kBarColumns = 30;
constexpr std::chrono::milliseconds kDrawInterval(100);
constexpr const char* kClearLine = "\r\x1b[K";

std::string percent_text(double number) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%3.0f%%", number);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

Progress::Progress(std::string title, std::string unit)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      on_terminal_(::isatty(STDERR_FILENO) == 1),
      begin_(SteadyClock::now()),
      next_draw_(begin_ + kDrawInterval) {}

Progress::~Progress() { hide(); }

void Progress::update(std::uint64_t part, std::uint64_t whole, std::uint64_t count) {
  if (!on_terminal_) return;
  const SteadyClock::time_point now = SteadyClock::now();
  if (now < next_draw_) return;
  next_draw_ = now + kDrawInterval;
  draw(part, whole, count, now);
}

void Progress::hide() {
  if (!shown_) return;
  std::cerr << kClearLine << std::flush;
  shown_ = false;
}

void Progress::draw(std::uint64_t part, std::uint64_t whole, std::uint64_t count,
                    SteadyClock::time_point now) {
  std::string line = kClearLine + title_ + ' ';
  if (whole != 0) {
    const double share = std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
    const auto filled = static_cast<std::size_t>(share * kBarColumns);
    line += '[' + std::string(filled, '#') + std::string(kBarColumns - filled, ' ') + ']';
    line += ' ' + percent_text(share * 100) + "  ";
  }
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(count) / seconds);
  line += with_separators(count) + ' ' + unit_ + ", " + with_separators(rate) + ' ' + unit_ + "/s";
  std::cerr << line << std::flush;
  shown_ = true;
}

}  // namespace esker::tools
