#include "server/grpc/kurrent_client.hpp"

#include "server/grpc/uuid_message.hpp"

namespace esker::server::test {
namespace {

StoreOptions small_store() {
  StoreOptions options;
  options.durability = Durability::none();
  options.segment_bytes_first = 1U << 20;
  options.limits.commit_bytes_max = 512U << 10;
  options.limits.event_bytes_max = 256U << 10;
  return options;
}

ServerOptions on_a_free_port(ServerOptions options) {
  options.listen = {"127.0.0.1:0"};
  options.threads = 2;
  return options;
}

Ended ended(const ::grpc::Status& status, const ::grpc::ClientContext& context) {
  Ended all{status};
  for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
    all.trailers.emplace_back(std::string(name.data(), name.size()),
                              std::string(value.data(), value.size()));
  }
  return all;
}

}  // namespace

ServedGrpc::ServedGrpc(ServerOptions options)
    : store_(std::make_unique<Store>(must(Store::open(directory_.path(), small_store())))),
      server_(std::make_unique<GrpcServer>(
          must(GrpcServer::start(*store_, on_a_free_port(std::move(options)), Logger())))),
      channel_(::grpc::CreateChannel(address(), ::grpc::InsecureChannelCredentials())),
      stub_(streams::Streams::NewStub(channel_)) {}

ServedGrpc::~ServedGrpc() = default;

std::string Ended::trailer(const std::string& name) const {
  for (const auto& [key, value] : trailers) {
    if (key == name) return value;
  }
  return {};
}

streams::ProposedMessage proposed(const Uuid& id, const std::string& type, const std::string& data,
                                  const std::string& content_type, const std::string& metadata) {
  streams::ProposedMessage message;
  kurrent::write_uuid(id, kurrent::IdForm::text, *message.mutable_id());
  (*message.mutable_metadata())["type"] = type;
  (*message.mutable_metadata())["content-type"] = content_type;
  message.set_data(data);
  message.set_custom_metadata(metadata);
  return message;
}

streams::ProposedMessage proposed() { return proposed(Uuid::random()); }

streams::StreamExpectation options_of(const std::string& stream) {
  streams::StreamExpectation options;
  options.mutable_stream_identifier()->set_stream_name(stream);
  options.mutable_any();
  return options;
}

streams::StreamExpectation options_of(const std::string& stream, std::uint64_t revision) {
  streams::StreamExpectation options = options_of(stream);
  options.set_revision(revision);
  return options;
}

AppendOutcomeOf append(ServedGrpc& served, const streams::StreamExpectation& options,
                       const std::vector<streams::ProposedMessage>& events) {
  AppendOutcomeOf outcome;
  ::grpc::ClientContext context;
  auto writer = served.stub().Append(&context, &outcome.answer);
  streams::AppendReq request;
  *request.mutable_options() = options;
  bool open = writer->Write(request);
  for (const streams::ProposedMessage& event : events) {
    *request.mutable_proposed_message() = event;
    open = open && writer->Write(request);  // the server may have answered already
  }
  writer->WritesDone();
  const ::grpc::Status status = writer->Finish();
  outcome.ended = ended(status, context);
  return outcome;
}

std::uint64_t append(ServedGrpc& served, const std::string& stream, std::size_t count,
                     const std::string& type) {
  std::vector<streams::ProposedMessage> events;
  for (std::size_t i = 0; i < count; ++i) events.push_back(proposed(Uuid::random(), type));
  const AppendOutcomeOf outcome = append(served, options_of(stream), events);
  REQUIRE_MESSAGE(outcome.ended.status.ok(), outcome.ended.status.error_message());
  REQUIRE(outcome.answer.has_success());
  return outcome.answer.success().current_revision();
}

streams::ReadReq read_stream(const std::string& stream, std::uint64_t count) {
  streams::ReadReq request;
  auto& options = *request.mutable_options();
  options.mutable_stream()->mutable_stream_identifier()->set_stream_name(stream);
  options.mutable_stream()->mutable_start();
  options.set_count(count);
  options.mutable_uuid_option()->mutable_string();
  return request;
}

streams::ReadReq read_all(std::uint64_t count) {
  streams::ReadReq request;
  auto& options = *request.mutable_options();
  options.mutable_all()->mutable_start();
  options.set_count(count);
  options.mutable_uuid_option()->mutable_structured();
  return request;
}

ReadOutcome read(ServedGrpc& served, const streams::ReadReq& request) {
  ReadOutcome outcome;
  ::grpc::ClientContext context;
  auto reader = served.stub().Read(&context, request);
  streams::ReadResp message;
  while (reader->Read(&message)) outcome.messages.push_back(message);
  const ::grpc::Status status = reader->Finish();
  outcome.ended = ended(status, context);
  return outcome;
}

std::string text_of(const streams::ReadResp_RecordedEvent& event) {
  return event.stream_identifier().stream_name() + "@" + std::to_string(event.stream_revision());
}

std::vector<std::string> ReadOutcome::events() const {
  std::vector<std::string> names;
  for (const streams::ReadResp& message : messages) {
    if (!message.has_event()) continue;
    std::string name;
    if (message.event().has_link()) name = text_of(message.event().link()) + ">";
    if (message.event().has_event()) name += text_of(message.event().event());
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace esker::server::test
