#include "es_cli/event_printer.hpp"

#include <algorithm>

#include "common/utc_time.hpp"
#include "es_cli/input.hpp"

namespace esker::tools {

namespace {

constexpr std::size_t kColumnMax = 48;  // what is wider shifts its own row only

// Each byte that does not go on with a letter begins one; wide letters are counted as one.
std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

std::string padded(std::string text, std::size_t& columns) {
  const std::size_t width = letters(text);
  columns = std::max(columns, std::min(width, kColumnMax));
  if (width < columns) text.append(columns - width, ' ');
  return text;
}

void cut(std::string& row, std::size_t columns) {
  if (letters(row) <= columns) return;
  std::size_t seen = 0;
  std::size_t at = 0;
  for (; at < row.size(); ++at) {
    if ((static_cast<unsigned char>(row[at]) & 0xc0) != 0x80 && ++seen == columns) break;
  }
  row.resize(at);
  row += "…";
}

std::string body(std::span<const std::byte> bytes) {
  if (!is_utf8(bytes)) return '<' + std::to_string(bytes.size()) + " bytes>";
  return printable(as_text(bytes));
}

}  // namespace

EventPrinter::EventPrinter(Output& output, bool json)
    : output_(output), json_(json), columns_(output.is_terminal() ? output.columns() : 0) {}

void EventPrinter::print(const EventView& event) {
  if (json_) {
    lines_.append(output_.text(), event);
  } else {
    print_row(event);
  }
}

void EventPrinter::print_row(const EventView& event) {
  std::string row = std::to_string(event.position.value());
  position_columns_ = std::max(position_columns_, row.size());
  row.insert(0, position_columns_ - row.size(), ' ');
  row += "  " + to_readable(event.time) + "  ";
  row += padded(printable(event.stream) + '@' + std::to_string(event.version.value()),
                stream_columns_);
  row += "  " + padded(printable(event.type), type_columns_);
  if (!event.data.empty()) row += "  " + body(event.data);
  for (const std::string_view tag : event.tags) row += "  #" + printable(tag);
  if (!event.metadata.empty()) row += "  metadata " + body(event.metadata);
  while (row.ends_with(' ')) row.pop_back();
  if (columns_ != 0) cut(row, columns_);
  output_.text() += row + '\n';
}

}  // namespace esker::tools
