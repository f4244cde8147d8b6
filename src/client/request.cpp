#include "client/request.hpp"

#include <string>
#include <utility>

namespace esker::client {
namespace {

/// True for errors that the store decides on after it has looked for the event ids, or that follow from the request alone: they hold
/// whatever became of an earlier sending.
bool is_decision(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
    case Errc::wrong_version:
    case Errc::condition_failed:
    case Errc::tombstoned:
    case Errc::partial_match:
    case Errc::too_large:
    case Errc::not_supported:
    case Errc::outcome_unknown:
      return true;
    default:
      return false;
  }
}

Error wrong_answer(format::MessageKind request, format::MessageKind kind) {
  return {Errc::protocol, "the server answered message " +
                              std::to_string(static_cast<std::uint16_t>(request)) +
                              " with message " + std::to_string(static_cast<std::uint16_t>(kind))};
}

}  // namespace

Error answer_error(const Request& request, Error error) {
  if (request.kind != format::MessageKind::append || !request.perhaps_done ||
      is_decision(error.code())) {
    return error;
  }
  return {
      Errc::outcome_unknown,
      "the append may have been written before the connection broke; append again with the same "
      "ids to learn it (now: " +
          error.message() + ")"};
}

void answer(Request& request, Error error) {
  Error told = answer_error(request, std::move(error));
  std::visit([&](auto& handler) { handler(std::move(told)); }, request.handler);
}

Result<void> answer(Request& request, format::MessageKind kind, std::span<const std::byte> body) {
  if (auto* append = std::get_if<Handler<AppendResult>>(&request.handler)) {
    if (kind != format::MessageKind::appended) return wrong_answer(request.kind, kind);
    ESKER_TRY(format::Appended appended, format::parse_appended(body));
    if (appended.result.streams.size() != request.streams) {
      return Error(Errc::protocol, "the server answered an append with another number of streams");
    }
    (*append)(std::move(appended.result));
  } else if (auto* info = std::get_if<Handler<StoreInfo>>(&request.handler)) {
    if (kind != format::MessageKind::info_reply) return wrong_answer(request.kind, kind);
    ESKER_TRY(format::InfoReply reply, format::parse_info_reply(body));
    (*info)(std::move(reply.info));
  } else if (auto* compaction = std::get_if<Handler<CompactionStatus>>(&request.handler)) {
    if (kind != format::MessageKind::compaction) return wrong_answer(request.kind, kind);
    ESKER_TRY(format::CompactionReply reply, format::parse_compaction(body));
    (*compaction)(std::move(reply.status));
  } else if (auto* proof = std::get_if<Handler<format::ProofReply>>(&request.handler)) {
    if (kind != format::MessageKind::proof) return wrong_answer(request.kind, kind);
    ESKER_TRY(format::ProofReply reply, format::parse_proof(body));
    (*proof)(std::move(reply));
  } else {
    if (kind != format::MessageKind::pong) return wrong_answer(request.kind, kind);
    ESKER_TRY(format::parse_pong(body));
    std::get<Handler<void>>(request.handler)(ok());
  }
  return ok();
}

}  // namespace esker::client
