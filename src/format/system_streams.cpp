#include "esker/system_streams.hpp"

#include <utility>

namespace esker {
namespace {

std::string joined(std::string_view mark, std::string_view name) {
  return std::string(mark).append(name);
}

}  // namespace

std::string metadata_stream_of(std::string_view stream) { return joined(kMetadataMark, stream); }
std::string snapshot_stream_of(std::string_view stream) { return joined(kSnapshotMark, stream); }
std::string checkpoint_stream_of(std::string_view name) { return joined(kCheckpointMark, name); }

SystemAppend::SystemAppend(std::string stream, std::string type, std::vector<std::byte> data,
                           std::vector<std::byte> metadata, Tags tags)
    : stream_(std::move(stream)),
      type_(std::move(type)),
      data_(std::move(data)),
      metadata_(std::move(metadata)),
      tags_(std::move(tags)),
      id_(Uuid::random()) {}

StreamAppend SystemAppend::append(Expected expected) {
  event_ = {id_, type_, data_, metadata_, tags_.view()};
  return {stream_, expected, std::span(&event_, 1)};
}

SystemAppend tombstone_append(std::string_view stream) {
  return {std::string(stream), std::string(kTombstoneType), {}};
}

}  // namespace esker
