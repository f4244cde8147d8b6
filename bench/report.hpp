#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "samples.hpp"

namespace esker::bench {

/// What a number counts, which decides how it is shown.
enum class Unit : std::uint8_t { ratio, count, bytes, bytes_per_second, microseconds };

/// What a row's figure is compared with, and how much of it is to be reached.
struct Goal {
  std::string text;     ///< As it was set: "at least 50% of the echo server's rate".
  double measured = 0;  ///< In the unit of `needed`.
  double needed = 0;
  Unit unit = Unit::ratio;
  bool at_most =
      false;  ///< Met when `measured` is not more than `needed`; otherwise when not less.

  [[nodiscard]] bool met() const { return at_most ? measured <= needed : measured >= needed; }
};

/// A figure that is neither a rate nor a latency.
struct Amount {
  double value = 0;
  Unit unit = Unit::count;
};

/// One line of the report.
struct Row {
  std::string subject;  ///< "disk", "append", "tcp", "read", "open"
  std::string name;
  Measured measured{};
  std::string
      limit{};  ///< The name of the row that it is held against; empty: it is a limit itself.
  std::optional<double> ratio{};  ///< Of that limit.
  std::vector<Goal> goals{};
  std::optional<Amount> amount{};
};

/// A row that is an amount.
Row amount_row(std::string subject, std::string name, double value, Unit unit);

/// The machine as the report names it.
struct Machine {
  std::string cpu;
  unsigned cores = 0;
  std::string kernel;
  std::string file_system;
  std::string build;  ///< Compiler and optimisation.
};

/// `file_system` is what the store's opening reported.
Machine describe_machine(const std::string& file_system);

/// The report for people: the machine, a table, and the goals. Markdown, so that it can stand in the README.
std::string as_table(const Machine& machine, const std::vector<Row>& rows);

/// The same for programs: one JSON object.
std::string as_json(const Machine& machine, const std::vector<Row>& rows);

}  // namespace esker::bench
