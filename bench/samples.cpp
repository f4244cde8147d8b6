#include "samples.hpp"

#include <algorithm>
#include <cstddef>

namespace esker::bench {

namespace {

double microseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

double median_of(const std::vector<Measured>& rounds, double Measured::*figure) {
  std::vector<double> values;
  for (const Measured& round : rounds) values.push_back(round.*figure);
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace

void Samples::add(const Samples& others) {
  values_.insert(values_.end(), others.values_.begin(), others.values_.end());
}

std::chrono::nanoseconds Samples::percentile(double share) {
  if (values_.empty()) return {};
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values_.size() - 1));
  std::ranges::nth_element(values_, values_.begin() + rank);
  return values_[static_cast<std::size_t>(rank)];
}

Measured summarize(std::uint64_t operations, std::uint64_t bytes, std::chrono::nanoseconds elapsed,
                   Samples& samples) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  return {static_cast<double>(operations) / seconds, static_cast<double>(bytes) / seconds,
          microseconds(samples.percentile(0.5)), microseconds(samples.percentile(0.99))};
}

Measured median(std::vector<Measured> rounds) {
  return {median_of(rounds, &Measured::per_second), median_of(rounds, &Measured::bytes_per_second),
          median_of(rounds, &Measured::p50_us), median_of(rounds, &Measured::p99_us)};
}

Pair in_turn(int rounds, const std::function<Measured()>& limit,
             const std::function<Measured()>& result) {
  std::vector<Measured> limits;
  std::vector<Measured> results;
  for (int round = 0; round < rounds; ++round) {
    limits.push_back(limit());
    results.push_back(result());
  }
  return {median(std::move(limits)), median(std::move(results))};
}

}  // namespace esker::bench
