#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/event_line.hpp"
#include "common/output.hpp"
#include "esker/event.hpp"

namespace esker::tools {

/// Prints events: as NDJSON, or as a table for people, whose columns grow with what comes. On a terminal an event takes one row.
class EventPrinter {
 public:
  /// `output` must outlive it.
  EventPrinter(Output& output, bool json);

  /// Puts `event` into the output's buffer.
  void print(const EventView& event);

 private:
  void print_row(const EventView& event);

  Output& output_;
  const bool json_;
  const std::size_t columns_;  // 0: rows may be as long as they like
  EventLineWriter lines_;
  std::size_t position_columns_ = 6;
  std::size_t stream_columns_ = 20;
  std::size_t type_columns_ = 12;
};

}  // namespace esker::tools
