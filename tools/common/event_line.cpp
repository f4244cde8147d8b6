#include "common/event_line.hpp"

#include <simdjson.h>

#include "common/base64.hpp"
#include "common/utc_time.hpp"

namespace esker::tools {

void EventLineWriter::append(std::string& out, const EventView& event) {
  out += R"({"position":)";
  out += std::to_string(event.position.value());
  out += R"(,"stream":)";
  append_json_string(out, event.stream);
  out += R"(,"version":)";
  out += std::to_string(event.version.value());
  out += R"(,"id":")";
  out += event.id.to_string();
  out += R"(","type":)";
  append_json_string(out, event.type);
  out += R"(,"time":")";
  out += to_rfc3339(event.time);
  out += '"';
  append_tags(out, event.tags);
  append_bytes(out, "data", event.data);
  append_bytes(out, "metadata", event.metadata);
  out += "}\n";
}

void EventLineWriter::append_tags(std::string& out, TagsView tags) {
  if (tags.empty()) return;
  const char* separator = ",\"tags\":[";
  for (const std::string_view tag : tags) {
    out += separator;
    append_json_string(out, tag);
    separator = ",";
  }
  out += ']';
}

void EventLineWriter::append_bytes(std::string& out, std::string_view key,
                                   std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  out += ",\"";
  out += key;
  if (checker_.is_line_value(bytes)) {
    out += "\":";
    out += as_text(bytes);
  } else {
    out += "_base64\":\"";
    append_base64(out, bytes);
    out += '"';
  }
}

namespace {

namespace ondemand = simdjson::ondemand;

Error wrong(std::string what) { return {Errc::invalid_argument, std::move(what)}; }

Error wrong_key(std::string_view key, std::string_view what) {
  return wrong("\"" + std::string(key) + "\" " + std::string(what));
}

Result<std::string> text_of(std::string_view key, ondemand::value& value) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return wrong_key(key, "is not a string");
  return std::string(text);
}

Result<Tags> tags_of(std::string_view key, ondemand::value& value) {
  Tags tags;
  ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return wrong_key(key, "is not an array");
  for (auto element : array) {
    std::string_view tag;
    if (element.get_string().get(tag) != simdjson::SUCCESS) {
      return wrong_key(key, "holds what is not a string");
    }
    if (tag.empty()) return wrong_key(key, "holds an empty string");
    tags.add(tag);
  }
  return tags;
}

// The value as it stands in the line: what is the event's own must come out as it went in.
Result<std::string> raw_of(std::string_view key, ondemand::value& value, JsonChecker& checker) {
  std::string_view text;
  if (simdjson::to_json_string(value).get(text) != simdjson::SUCCESS) {
    return wrong_key(key, "is not JSON");
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  // Finding a value's end does not look at all of it.
  if (!checker.is_line_value(as_bytes(text))) return wrong_key(key, "is not JSON");
  return std::string(text);
}

Result<std::string> decoded_of(std::string_view key, ondemand::value& value) {
  ESKER_TRY(const std::string text, text_of(key, value));
  std::optional<std::string> bytes = parse_base64(text);
  if (!bytes) return wrong_key(key, "is not base64 with padding");
  return *std::move(bytes);
}

/// Takes a line's keys one after the other.
class LineBuilder {
 public:
  explicit LineBuilder(JsonChecker& checker) : checker_(checker) {}

  Result<void> take(std::string_view key, ondemand::value& value) {
    if (key == "stream") return set(stream_, key, text_of(key, value));
    if (key == "type") return set(type_, key, text_of(key, value));
    if (key == "id") return set(id_, key, text_of(key, value));
    if (key == "tags") return set(tags_, key, tags_of(key, value));
    if (key == "data") return set(data_, key, raw_of(key, value, checker_));
    if (key == "data_base64") return set(data_, key, decoded_of(key, value));
    if (key == "metadata") return set(metadata_, key, raw_of(key, value, checker_));
    if (key == "metadata_base64") return set(metadata_, key, decoded_of(key, value));
    if (key == "position" || key == "version") {
      std::uint64_t number = 0;
      if (value.get_uint64().get(number) != simdjson::SUCCESS) {
        return wrong_key(key, "is not a number");
      }
      return ok();
    }
    if (key == "time") {
      ESKER_TRY(text_of(key, value));
      return ok();
    }
    return wrong(
        "unknown key \"" + std::string(key) +
        "\"; the keys are position, stream, version, id, type, time, tags, data, metadata");
  }

  Result<EventLine> finish() {
    if (!stream_) return wrong("there is no \"stream\"");
    if (!type_) return wrong("there is no \"type\"");
    EventLine line;
    if (id_) {
      line.id = EventId::parse(*id_);
      if (!line.id || line.id->is_nil()) return wrong_key("id", "is not the UUID of an event");
    }
    line.stream = *std::move(stream_);
    line.type = *std::move(type_);
    line.tags = std::move(tags_).value_or(Tags());
    line.data = std::move(data_).value_or("");
    line.metadata = std::move(metadata_).value_or("");
    return line;
  }

 private:
  template <class T>
  static Result<void> set(std::optional<T>& field, std::string_view key, Result<T> value) {
    ESKER_TRY(T taken, std::move(value));
    if (field) return wrong_key(key, "is there twice");
    field = std::move(taken);
    return ok();
  }

  JsonChecker& checker_;
  std::optional<std::string> stream_;
  std::optional<std::string> type_;
  std::optional<std::string> id_;
  std::optional<Tags> tags_;
  std::optional<std::string> data_;
  std::optional<std::string> metadata_;
};

}  // namespace

struct EventLineParser::Parser {
  ondemand::parser ondemand;
  JsonChecker checker;
  std::string padded;  // simdjson reads a little beyond the text's end
};

EventLineParser::EventLineParser() : parser_(std::make_unique<Parser>()) {}
EventLineParser::EventLineParser(EventLineParser&&) noexcept = default;
EventLineParser& EventLineParser::operator=(EventLineParser&&) noexcept = default;
EventLineParser::~EventLineParser() = default;

Result<EventLine> EventLineParser::parse(std::string_view line) {
  parser_->padded.assign(line);
  parser_->padded.append(simdjson::SIMDJSON_PADDING, '\0');
  const simdjson::padded_string_view text(parser_->padded.data(), line.size(),
                                          parser_->padded.size());
  ondemand::document document;
  ondemand::object object;
  if (parser_->ondemand.iterate(text).get(document) != simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS) {
    return wrong("the line is not a JSON object");
  }
  LineBuilder builder(parser_->checker);
  for (auto field : object) {
    std::string_view key;
    ondemand::value value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS ||
        field.value().get(value) != simdjson::SUCCESS) {
      return wrong("the line is not JSON");
    }
    // The parser's memory of a key lasts until the next string is read.
    ESKER_TRY(builder.take(std::string(key), value));
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return wrong("there is more in the line than one JSON object");
  }
  return builder.finish();
}

}  // namespace esker::tools
