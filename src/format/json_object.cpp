#include "format/json_object.hpp"

#include <simdjson.h>

namespace esker::format {
namespace {

JsonMember member_of(std::string_view name, const simdjson::dom::element& value) {
  JsonMember member{name, std::nullopt, std::nullopt, {}};
  std::uint64_t number = 0;
  bool truth = false;
  if (value.get(number) == simdjson::SUCCESS) {
    member.number = number;
  } else if (value.get(truth) == simdjson::SUCCESS) {
    member.truth = truth;
  }
  member.text = simdjson::minify(value);
  return member;
}

}  // namespace

void add_string(std::string& json, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  json += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20) {
      json += "\\u00";
      json += kHex[byte >> 4U];
      json += kHex[byte & 0xFU];
    } else {
      json += c;
    }
  }
  json += '"';
}

Result<void> for_each_member(std::string_view json,
                             UniqueFunction<Result<void>(const JsonMember&)> on_member) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (const auto error = parser.parse(json.data(), json.size()).get(object)) {
    return Error(Errc::invalid_argument,
                 std::string("not a JSON object: ") + simdjson::error_message(error));
  }
  for (const auto [name, value] : object) {
    ESKER_TRY(on_member(member_of(name, value)));
  }
  return ok();
}

void add_member(std::string& json, std::string_view name, std::string_view value) {
  if (json.size() > 1) json += ',';
  add_string(json, name);
  json += ':';
  json += value;
}

}  // namespace esker::format
