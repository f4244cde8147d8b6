#include "server/grpc/record.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "format/json_object.hpp"
#include "records.pb.h"
#include "server/grpc/content_type.hpp"
#include "server/grpc/name_filter.hpp"
#include "server/grpc/record_failure.hpp"

namespace esker::server::kurrent {
namespace {

using google::protobuf::Value;

void add_number(std::string& json, double number) {
  if (!std::isfinite(number)) {
    json += "null";
    return;
  }
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  json.append(text.data(), end);
}

/// Adds the value. How deep it goes, the parser of messages has bounded. False: some value says nothing.
bool add_value(std::string& json, const Value& value) {
  switch (value.kind_case()) {
    case Value::kNullValue:
      json += "null";
      return true;
    case Value::kNumberValue:
      add_number(json, value.number_value());
      return true;
    case Value::kStringValue:
      format::add_string(json, value.string_value());
      return true;
    case Value::kBoolValue:
      json += value.bool_value() ? "true" : "false";
      return true;
    case Value::kStructValue: {
      std::string members = "{";
      for (const auto& [name, member] : value.struct_value().fields()) {
        std::string text;
        if (!add_value(text, member)) return false;
        format::add_member(members, name, text);
      }
      json += members += '}';
      return true;
    }
    case Value::kListValue: {
      char before = '[';
      for (const Value& element : value.list_value().values()) {
        json += std::exchange(before, ',');
        if (!add_value(json, element)) return false;
      }
      json += before == '[' ? "[]" : "]";
      return true;
    }
    case Value::KIND_NOT_SET:
      break;
  }
  return false;
}

const char* format_name(records::SchemaFormat format) {
  switch (format) {
    case records::SCHEMA_FORMAT_JSON:
      return "Json";
    case records::SCHEMA_FORMAT_PROTOBUF:
      return "Protobuf";
    case records::SCHEMA_FORMAT_AVRO:
      return "Avro";
    case records::SCHEMA_FORMAT_BYTES:
      return "Bytes";
    default:
      return nullptr;
  }
}

Reply<void> check_schema(const records::SchemaInfo& schema) {
  ESKER_TRY(const NameFilter allowed,
            NameFilter::matching(NameFilter::Of::type, "\\A[\\p{L}\\p{N}_.$:-]+\\z"));
  ESKER_TRY(const bool is_name, allowed.selects({}, schema.name()));
  if (!is_name) {
    return bad_request("schema.name", "a name of letters, digits and _ . $ : - is needed");
  }
  if (format_name(schema.format()) == nullptr) {
    return bad_request("schema.format", "JSON, PROTOBUF, AVRO or BYTES is needed");
  }
  if (!schema.has_id()) return ok();
  const std::optional<Uuid> id = Uuid::parse(schema.id());
  if (!id || id->is_nil()) return bad_request("schema.id", "not a UUID");
  return ok();
}

void add_text(std::string& json, std::string_view name, std::string_view text) {
  std::string value;
  format::add_string(value, text);
  format::add_member(json, name, value);
}

Reply<std::string> metadata_of(const records::AppendRecord& record) {
  std::string json = "{";
  for (const auto& [name, value] : record.properties()) {
    std::string text;
    if (name.empty() || !add_value(text, value)) {
      return bad_request("properties", "each needs a name and a value");
    }
    format::add_member(json, name, text);
  }
  add_text(json, "$schema.name", record.schema().name());
  add_text(json, "$schema.format", format_name(record.schema().format()));
  if (record.schema().has_id()) add_text(json, "$schema.id", record.schema().id());
  return json += '}';
}

}  // namespace

Reply<ProposedEvent> event_of_record(records::AppendRecord&& record, std::string_view stream,
                                     std::uint64_t bytes_max) {
  ESKER_TRY(check_schema(record.schema()));
  ProposedEvent event;
  event.id = Uuid::random();
  if (record.has_record_id()) {
    const std::optional<Uuid> id = Uuid::parse(record.record_id());
    if (!id || id->is_nil()) return bad_request("record_id", "not a UUID");
    event.id = *id;
  }
  ESKER_TRY(event.metadata, metadata_of(record));
  event.type = record.schema().name();
  const bool json = record.schema().format() == records::SCHEMA_FORMAT_JSON;
  event.content_type = json ? kJson : kBytes;
  event.data = std::move(*record.mutable_data());
  const std::uint64_t bytes = event.type.size() + event.data.size() + event.metadata.size();
  if (bytes > bytes_max) {
    return record_too_large(stream, event.id.to_string(), bytes, bytes_max);
  }
  return event;
}

}  // namespace esker::server::kurrent
