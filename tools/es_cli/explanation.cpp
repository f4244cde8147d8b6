#include <iostream>

#include "common/number_text.hpp"
#include "es_cli/session.hpp"

namespace esker::tools {

void print_explanation(const Explanation& explanation) {
  const auto microseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(explanation.time).count());
  std::cerr << kEsCli << ": " << counted(explanation.lookups, "look-up") << ", "
            << counted(explanation.postings, "posting") << ", "
            << counted(explanation.records, "record") << ", " << with_separators(microseconds)
            << " µs\n";
}

}  // namespace esker::tools
