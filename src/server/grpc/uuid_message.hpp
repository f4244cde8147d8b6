#pragma once

#include <optional>

#include "esker/uuid.hpp"
#include "server/grpc/wire.hpp"

namespace esker::server::kurrent {

/// How ids are written to a client: as it asks.
enum class IdForm : bool { numbers, text };

/// Nothing when the message has none, or it is not one.
[[nodiscard]] std::optional<Uuid> uuid_in(const event_store::client::UUID& message);
void write_uuid(const Uuid& uuid, IdForm form, event_store::client::UUID& message);

}  // namespace esker::server::kurrent
