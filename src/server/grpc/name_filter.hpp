#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "esker/event.hpp"
#include "esker/result.hpp"

namespace esker::server::kurrent {

/// Which events of all a client wants: those whose stream name, or type, begins with one of some prefixes or matches a regular expression.
///
/// Expressions come from outside and are Perl's, as far as PCRE2 has them (clients' own use look-ahead): compiled within bounds, and
/// matched within bounds of steps and memory. Threads: one at a time.
class NameFilter {
 public:
  enum class Of : std::uint8_t { stream, type };

  /// `expression` matches anywhere in the name, with capitals told from small letters. Errors: `invalid_argument`: none, or too large.
  static Result<NameFilter> matching(Of of, std::string_view expression);
  /// At least one prefix. Errors: `invalid_argument`: none, or too many.
  static Result<NameFilter> beginning(Of of, std::vector<std::string> prefixes);

  NameFilter(NameFilter&&) noexcept;
  NameFilter& operator=(NameFilter&&) noexcept;
  ~NameFilter();

  /// Errors: `invalid_argument`: the expression takes too long for this name.
  Result<bool> selects(const EventView& event) const { return selects(event.stream, event.type); }
  Result<bool> selects(std::string_view stream, std::string_view type) const;

 private:
  struct Expression;
  NameFilter(Of of, std::vector<std::string> prefixes, std::unique_ptr<Expression> expression);

  Of of_;
  std::vector<std::string> prefixes_;
  std::unique_ptr<Expression> expression_;  // null: prefixes
};

}  // namespace esker::server::kurrent
