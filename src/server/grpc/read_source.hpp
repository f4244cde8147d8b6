#pragma once

#include <memory>
#include <optional>

#include "esker/cursor.hpp"
#include "esker/info.hpp"
#include "server/grpc/message_source.hpp"
#include "server/grpc/read_plan.hpp"
#include "server/grpc/recorder.hpp"

namespace esker::server::kurrent {

/// A read: as many events as were asked for of those that are there.
class ReadSource final : public MessageSource {
 public:
  static Reply<std::unique_ptr<MessageSource>> open(const Store& store, ReadPlan plan);

  Reply<Step> next(streams::ReadResp& message) override;
  void async_wait(UniqueFunction<void()> handler) override;  ///< Never asked for: it does not wait.
  void cancel() override {}

 private:
  enum class Part : std::uint8_t { missing, first_position, events, last_position, over };

  ReadSource(const Store& store, ReadPlan plan, StreamStatus status, std::optional<Cursor> cursor);

  Result<Part> first_part();
  Reply<Step> next_event(streams::ReadResp& message);
  Reply<Step> end(streams::ReadResp& message);
  Result<bool> projection_exists() const;
  Result<std::optional<std::uint64_t>> first_revision_behind_gap() const;

  const Store& store_;
  const ReadPlan plan_;
  const StreamStatus status_;  // of a stream
  const Recorder recorder_;
  std::optional<Cursor> cursor_;
  std::uint64_t first_revision_ = 0;
  std::uint64_t delivered_ = 0;
  Part part_ = Part::events;
};

/// Whether `stream` can be read, and what it is like. Failures: it has been ended, or is the metadata of one that has; errors of reading.
Reply<StreamStatus> readable_status(const Store& store, const std::string& stream);

}  // namespace esker::server::kurrent
