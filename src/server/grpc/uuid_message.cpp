#include "server/grpc/uuid_message.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "shared.pb.h"

namespace esker::server::kurrent {
namespace {

static_assert(std::endian::native == std::endian::little);

/// Eight bytes in network order as a number, and back.
std::int64_t number_of(const std::byte* bytes) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, sizeof(number));
  return static_cast<std::int64_t>(__builtin_bswap64(number));
}

void put_number(std::int64_t value, std::byte* bytes) {
  const std::uint64_t number = __builtin_bswap64(static_cast<std::uint64_t>(value));
  std::memcpy(bytes, &number, sizeof(number));
}

}  // namespace

std::optional<Uuid> uuid_in(const event_store::client::UUID& message) {
  if (message.has_string()) return Uuid::parse(message.string());
  if (!message.has_structured()) return std::nullopt;
  std::array<std::byte, Uuid::kBytes> bytes{};
  put_number(message.structured().most_significant_bits(), bytes.data());
  put_number(message.structured().least_significant_bits(), bytes.data() + sizeof(std::int64_t));
  return Uuid(bytes);
}

void write_uuid(const Uuid& uuid, IdForm form, event_store::client::UUID& message) {
  if (form == IdForm::text) {
    message.set_string(uuid.to_string());
    return;
  }
  const std::byte* bytes = uuid.bytes().data();
  message.mutable_structured()->set_most_significant_bits(number_of(bytes));
  message.mutable_structured()->set_least_significant_bits(number_of(bytes + sizeof(std::int64_t)));
}

}  // namespace esker::server::kurrent
