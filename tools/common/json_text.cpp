#include "common/json_text.hpp"

#include <simdjson.h>

#include <nlohmann/json.hpp>

#include "esker/event.hpp"

namespace esker::tools {

void append_json_string(std::string& out, std::string_view text) {
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_utf8(std::span<const std::byte> bytes) { return simdjson::validate_utf8(as_text(bytes)); }

struct JsonChecker::Parser {
  simdjson::dom::parser dom;
};

JsonChecker::JsonChecker() : parser_(std::make_unique<Parser>()) {}
JsonChecker::JsonChecker(JsonChecker&&) noexcept = default;
JsonChecker& JsonChecker::operator=(JsonChecker&&) noexcept = default;
JsonChecker::~JsonChecker() = default;

bool JsonChecker::is_line_value(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  constexpr std::string_view kWhiteSpace = " \t\r\n";
  if (text.empty() || text.find_first_of("\r\n") != std::string_view::npos) return false;
  if (kWhiteSpace.find(text.front()) != std::string_view::npos) return false;
  if (kWhiteSpace.find(text.back()) != std::string_view::npos) return false;

  switch (parser_->dom.parse(text.data(), text.size()).error()) {
    case simdjson::SUCCESS:
      return true;
    case simdjson::NUMBER_ERROR:
      // Integers beyond 64 bits are JSON all the same; only this slower parser takes them.
      return simdjson::validate_utf8(text) && nlohmann::json::accept(text);
    default:
      return false;
  }
}

}  // namespace esker::tools
