#include "index/term_search.hpp"

#include <algorithm>
#include <cmath>

namespace esker::index {
namespace {

/// In a table that is not spread evenly one probe after another doubles its distance from the guess; a page has 170 entries.
constexpr std::uint64_t kStepFirst = 32;
/// The disk is asked for as much to either side of a guess at most.
constexpr std::uint64_t kAskedBytesMax = 64 << 10;

/// Where in a table of so many terms, at least one, a term should stand.
std::uint64_t guess(const Term& term, std::uint64_t terms) {
  const double fraction = static_cast<double>(term.high) / 0x1p64;
  const double place = fraction * static_cast<double>(terms);
  return std::min(static_cast<std::uint64_t>(place), terms - 1);
}

}  // namespace

void TermSearch::will_find(const Term& term, const RunPages& pages, const RunFooter& footer) {
  if (footer.terms == 0) return;
  const std::uint64_t place = guess(term, footer.terms);
  // The standard deviation of a place in the middle of a table: two of three terms are within it.
  const auto off = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(footer.terms)) / 2);
  const std::uint64_t aside = std::min(off, kAskedBytesMax / kTermEntryBytes);
  const std::uint64_t first = place - std::min(place, aside);
  const std::uint64_t end = std::min(place + aside + 1, footer.terms);
  pages.will_read(kRunHeaderBytes + first * kTermEntryBytes,
                  kRunHeaderBytes + end * kTermEntryBytes);
}

bool TermSearch::find(const Term& term, TermEntry& found) {
  std::uint64_t low = 0;
  std::uint64_t high = footer_.terms;
  if (!bracket(term, low, high)) return false;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (!lists_.load_entry(middle, found)) return false;
    if (found.term == term) return true;
    if (found.term < term) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

/// Reads the entry at `place`, and moves both to where that entry's distance from the term says. False when a fault has been set.
bool TermSearch::better_guess(const Term& term, std::uint64_t& place, TermEntry& entry) {
  if (!lists_.load_entry(place, entry)) return false;
  const bool behind = entry.term < term;
  const std::uint64_t distance = behind ? term.high - entry.term.high : entry.term.high - term.high;
  const auto steps = static_cast<std::uint64_t>(static_cast<double>(distance) / 0x1p64 *
                                                static_cast<double>(footer_.terms));
  if (steps < kStepFirst) return true;
  place = behind ? std::min(place + steps, footer_.terms - 1) : place - std::min(place, steps);
  return lists_.load_entry(place, entry);
}

/// Narrows [low, high), the whole table, to a range that holds the term if any does. From the guess on it is opened in growing steps.
/// False when a fault has been set.
bool TermSearch::bracket(const Term& term, std::uint64_t& low, std::uint64_t& high) {
  if (high == 0) return true;
  std::uint64_t place = guess(term, footer_.terms);
  TermEntry entry;
  if (!better_guess(term, place, entry)) return false;
  if (entry.term < term) {
    low = place + 1;
    for (std::uint64_t step = kStepFirst; step < high - low; step *= 2) {
      const std::uint64_t probe = low + step;
      if (!lists_.load_entry(probe, entry)) return false;
      if (term <= entry.term) {
        high = probe + 1;
        break;
      }
      low = probe + 1;
    }
  } else {
    high = place + 1;
    for (std::uint64_t step = kStepFirst; step < high - low; step *= 2) {
      const std::uint64_t probe = high - 1 - step;
      if (!lists_.load_entry(probe, entry)) return false;
      if (entry.term < term) {
        low = probe + 1;
        break;
      }
      high = probe + 1;
    }
  }
  return true;
}

}  // namespace esker::index
