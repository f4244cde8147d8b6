#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "esker/append.hpp"
#include "esker/query.hpp"
#include "esker/result.hpp"

namespace esker::tools {

/// Which events, as the command line gives it.
struct Selection {
  std::string stream;
  bool all = false;
  std::string category;
  std::string prefix;
  std::string id;
  std::vector<std::string> types;
  std::vector<std::string> tags;
  std::vector<std::string> items;  ///< As for `parse_item`.
  std::string from;
  std::string from_last;
  std::string to;
  std::string since;
  std::string until;
  std::uint64_t as_of = 0;
  std::uint64_t limit = Query::kNoLimit;
  std::string from_checkpoint;
  bool from_snapshot = false;
  bool system = false;
  bool backwards = false;
  bool streams = false;
  bool explain = false;
};

/// What a selection means. `all_by_default`: nothing given means all. Errors: `invalid_argument`, naming the option.
Result<Query> query_of(const Selection& selection, bool all_by_default);

/// An alternative of a query in one argument: words between blanks, of which those that begin with `#` are tags, all of which an event
/// must have, and the others types, of which it needs one. Errors: `invalid_argument`: there is no word.
Result<QueryItem> parse_item(std::string_view text);

/// What `--expect` says. Errors: `invalid_argument`.
Result<Expected> parse_expected(const std::string& text);

}  // namespace esker::tools
