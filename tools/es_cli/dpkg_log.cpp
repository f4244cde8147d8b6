#include "es_cli/dpkg_log.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "common/json_text.hpp"

namespace esker::tools {

namespace {

constexpr std::array<std::string_view, 7> kActions = {
    "install", "upgrade", "configure", "trigproc", "disappear", "remove", "purge"};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end != 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

/// Whether `text` has the form of `pattern`, in which a 0 is any digit.
bool has_form(std::string_view text, std::string_view pattern) {
  return std::ranges::equal(text, pattern, [](char symbol, char form) {
    return form == '0' ? symbol >= '0' && symbol <= '9' : symbol == form;
  });
}

void add(std::string& data, std::string_view key, std::string_view value) {
  data += data.empty() ? "{\"" : ",\"";
  data += key;
  data += "\":";
  if (value == "<none>") {
    data += "null";
  } else {
    append_json_string(data, value);
  }
}

}  // namespace

Result<std::optional<EventLine>> parse_dpkg_line(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.size() < 4 || !has_form(words[0], "0000-00-00") || !has_form(words[1], "00:00:00")) {
    return Error(Errc::invalid_argument,
                 "the line does not begin with a time and an action, as those of dpkg's log do");
  }
  const std::string_view action = words[2];
  if (action == "startup" || action == "conffile") return std::optional<EventLine>();
  const bool status = action == "status";
  if (words.size() != 6 || (!status && std::ranges::find(kActions, action) == kActions.end())) {
    return Error(Errc::invalid_argument,
                 "\"" + std::string(action) +
                     "\" is not an action of dpkg with a package and two versions, nor a status");
  }

  const std::string_view package = words[status ? 4 : 3];
  const std::size_t colon = std::min(package.find(':'), package.size());
  const std::string_view name = package.substr(0, colon);
  EventLine event;
  event.stream = "package-" + std::string(name);
  event.type = status ? "status-change" : action;
  add(event.data, "time", std::string(words[0]) + 'T' + std::string(words[1]));
  add(event.data, "package", name);
  add(event.data, "architecture", colon < package.size() ? package.substr(colon + 1) : "<none>");
  if (status) {
    add(event.data, "status", words[3]);
    add(event.data, "version", words[5]);
  } else {
    add(event.data, "installed_version", words[4]);
    add(event.data, "available_version", words[5]);
  }
  event.data += '}';
  return std::optional<EventLine>(std::move(event));
}

}  // namespace esker::tools
