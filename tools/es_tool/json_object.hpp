#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/json_text.hpp"

namespace esker::tools {

/// Appends one JSON object to a text, member by member.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }

  void add(std::string_view key, std::string_view text) {
    begin(key);
    append_json_string(out_, text);
  }
  void add(std::string_view key, const char* text) { add(key, std::string_view(text)); }
  template <std::unsigned_integral T>
  void add(std::string_view key, T number) {
    begin(key);
    if constexpr (std::same_as<T, bool>) {
      out_ += number ? "true" : "false";
    } else {
      out_ += std::to_string(number);
    }
  }

  /// An object as a member; it must be ended before anything else is added here.
  JsonObject object(std::string_view key) {
    begin(key);
    return JsonObject(out_);
  }

  void end() { out_ += '}'; }

 private:
  void begin(std::string_view key) {
    if (out_.back() != '{') out_ += ',';
    append_json_string(out_, key);
    out_ += ':';
  }

  std::string& out_;
};

}  // namespace esker::tools
