#include "format/spec_example.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace esker::format {

std::string spec_text(std::string_view name) {
  std::ifstream file(ESKER_SOURCE_DIR "/format-spec.md");
  REQUIRE_MESSAGE(file.is_open(), "format-spec.md is not there");
  const std::string marker = "<!-- example: " + std::string(name) + " -->";
  std::string line;
  while (std::getline(file, line) && line != marker) {
  }
  REQUIRE_MESSAGE(file, "format-spec.md has no example ", marker);
  std::getline(file, line);
  REQUIRE(line == "```");
  std::string text;
  while (std::getline(file, line) && line != "```") text += line + '\n';
  return text;
}

std::vector<std::byte> spec_example(std::string_view name) {
  std::istringstream digits(spec_text(name));
  std::vector<std::byte> bytes;
  unsigned value = 0;
  while (digits >> std::hex >> value) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

}  // namespace esker::format
