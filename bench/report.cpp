#include "report.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

namespace esker::bench {

namespace {

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

/// Three digits that mean something, thousands separated.
std::string rate(double per_second) {
  if (per_second == 0) return "";
  if (per_second >= 1e6) return format("%.2f M/s", per_second / 1e6);
  if (per_second >= 1e4) return format("%.1f k/s", per_second / 1e3);
  if (per_second >= 100) return format("%.0f /s", per_second);
  return format("%.1f /s", per_second);
}

std::string bandwidth(double bytes_per_second) {
  if (bytes_per_second == 0) return "";
  if (bytes_per_second >= 1e9) return format("%.2f GB/s", bytes_per_second / 1e9);
  return format("%.1f MB/s", bytes_per_second / 1e6);
}

std::string latency(double microseconds) {
  if (microseconds == 0) return "";
  if (microseconds >= 10'000) return format("%.1f ms", microseconds / 1000);
  return format("%.0f µs", microseconds);
}

std::string bytes(double count) {
  if (count >= 1e9) return format("%.2f GB", count / 1e9);
  if (count >= 1e6) return format("%.1f MB", count / 1e6);
  return format("%.1f B", count);
}

std::string ratio(double value) {
  return value >= 2 ? format("%.1f×", value) : format("%.0f%%", value * 100);
}

std::string in_unit(double value, Unit unit) {
  switch (unit) {
    case Unit::count:
      return format("%.0f", value);
    case Unit::bytes:
      return bytes(value);
    case Unit::bytes_per_second:
      return bandwidth(value);
    case Unit::microseconds:
      return latency(value);
    case Unit::ratio:
      break;
  }
  return ratio(value);
}

const char* name_of(Unit unit) {
  switch (unit) {
    case Unit::count:
      return "count";
    case Unit::bytes:
      return "bytes";
    case Unit::bytes_per_second:
      return "bytes/s";
    case Unit::microseconds:
      return "µs";
    case Unit::ratio:
      break;
  }
  return "ratio";
}

/// One line of the table. With `amounts` there is a column for them.
void write_row(std::ostream& out, const Row& row, bool amounts) {
  out << "| " << row.subject << " | " << row.name << " | " << rate(row.measured.per_second) << " | "
      << bandwidth(row.measured.bytes_per_second) << " | " << latency(row.measured.p50_us) << " | "
      << latency(row.measured.p99_us) << " | ";
  if (amounts) {
    if (row.amount) out << in_unit(row.amount->value, row.amount->unit);
    out << " | ";
  }
  if (row.ratio) out << ratio(*row.ratio) << " of " << row.limit;
  out << " |\n";
}

}  // namespace

Row amount_row(std::string subject, std::string name, double value, Unit unit) {
  return {.subject = std::move(subject), .name = std::move(name), .amount = Amount{value, unit}};
}

Machine describe_machine(const std::string& file_system) {
  Machine machine;
  std::ifstream cpus("/proc/cpuinfo");
  for (std::string line; std::getline(cpus, line);) {
    if (line.starts_with("model name")) {
      machine.cpu = line.substr(line.find(':') + 2);
      break;
    }
  }
  machine.cores = std::thread::hardware_concurrency();
  utsname names{};
  if (::uname(&names) == 0) machine.kernel = names.release;
  machine.file_system = file_system;
#ifdef NDEBUG
  machine.build = "optimized, compiler " __VERSION__;
#else
  machine.build = "NOT optimized (the figures mean nothing), compiler " __VERSION__;
#endif
  return machine;
}

std::string as_table(const Machine& machine, const std::vector<Row>& rows) {
  std::ostringstream out;
  out << machine.cpu << ", " << machine.cores << " cores, Linux " << machine.kernel << ", "
      << machine.file_system << ", " << machine.build << "\n\n";
  const bool amounts =
      std::ranges::any_of(rows, [](const Row& row) { return row.amount.has_value(); });
  out << "| | what | rate | bytes | p50 | p99 | " << (amounts ? "amount | " : "")
      << "of the limit |\n|---|---|--:|--:|--:|--:|" << (amounts ? "--:|" : "") << "---|\n";
  for (const Row& row : rows) write_row(out, row, amounts);
  out << "\n| goal | needed | measured | |\n|---|--:|--:|---|\n";
  for (const Row& row : rows) {
    for (const Goal& goal : row.goals) {
      out << "| " << row.name << ": " << goal.text << " | " << in_unit(goal.needed, goal.unit)
          << " | " << in_unit(goal.measured, goal.unit) << " | " << (goal.met() ? "met" : "missed")
          << " |\n";
    }
  }
  return std::move(out).str();
}

std::string as_json(const Machine& machine, const std::vector<Row>& rows) {
  nlohmann::ordered_json report = {{"machine",
                                    {{"cpu", machine.cpu},
                                     {"cores", machine.cores},
                                     {"kernel", machine.kernel},
                                     {"file_system", machine.file_system},
                                     {"build", machine.build}}},
                                   {"rows", nlohmann::ordered_json::array()}};
  for (const Row& row : rows) {
    nlohmann::ordered_json line = {{"subject", row.subject},
                                   {"name", row.name},
                                   {"per_second", row.measured.per_second},
                                   {"bytes_per_second", row.measured.bytes_per_second},
                                   {"p50_us", row.measured.p50_us},
                                   {"p99_us", row.measured.p99_us}};
    if (row.ratio) {
      line["limit"] = row.limit;
      line["ratio"] = *row.ratio;
    }
    if (row.amount)
      line["amount"] = {{"value", row.amount->value}, {"unit", name_of(row.amount->unit)}};
    for (const Goal& goal : row.goals) {
      line["goals"].push_back({{"text", goal.text},
                               {"unit", name_of(goal.unit)},
                               {"needed", goal.needed},
                               {"measured", goal.measured},
                               {"met", goal.met()}});
    }
    report["rows"].push_back(std::move(line));
  }
  return report.dump();
}

}  // namespace esker::bench
