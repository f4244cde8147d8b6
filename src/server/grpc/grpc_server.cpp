#include "server/grpc/grpc_server.hpp"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <utility>

#include "io/process.hpp"
#include "server/grpc/services.hpp"
#include "server/listener.hpp"

namespace esker::server {
namespace {

using Acceptor = ::grpc::experimental::ExternalConnectionAcceptor;

/// Clients ping every ten seconds, some without calls: more often than gRPC finds proper. We do the same, so that who is gone is noticed.
constexpr int kPingMs = 10'000;
/// Each message's framing, its stream's name and what else it has beside events.
constexpr std::uint64_t kMessageOverheadBytes = 1U << 20;
/// gRPC's own, of all connections, beside the messages that they wait for.
constexpr std::uint64_t kTransportBytes = 64U << 20;
/// Of the descriptors of the process this part is left to the store and to other front ends.
constexpr std::uint64_t kDescriptorsKept = 4;

std::size_t worker_count(const ServerOptions& options) {
  if (options.threads != 0) return options.threads;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

/// Errors come to us as values; what gRPC and Protobuf have to say besides, also of what peers send, is not of the form of our log.
void keep_libraries_quiet() {
  google::protobuf::SetLogHandler(nullptr);
  gpr_set_log_function([](gpr_log_func_args* /*line*/) {});
}

/// Hands connections to gRPC, which itself would stop listening for ever when it runs out of descriptors, and would take all of them.
class GrpcTaker final : public Taker {
 public:
  GrpcTaker(boost::asio::io_context& context, Shared& shared, std::unique_ptr<Acceptor> acceptor)
      : context_(context),
        shared_(shared),
        acceptor_(std::move(acceptor)),
        descriptors_max_(io::raise_descriptors_max()) {}

  [[nodiscard]] boost::asio::io_context& context() override { return context_; }

  void deal(boost::asio::ip::tcp::socket socket) override {
    // The lowest free number is given out, so that this one tells how many are in use.
    const auto number = static_cast<std::uint64_t>(socket.native_handle());
    if (number >= descriptors_max_ - descriptors_max_ / kDescriptorsKept) {
      shared_.connections_refused.fetch_add(1, std::memory_order_relaxed);
      return;  // closes it
    }
    boost::system::error_code error;
    socket.set_option(boost::asio::ip::tcp::no_delay(true), error);
    socket.native_non_blocking(true, error);
    Acceptor::NewConnectionParameters parameters;
    parameters.fd = socket.release(error);
    if (!error) acceptor_->HandleNewConnection(&parameters);
  }

 private:
  boost::asio::io_context& context_;
  Shared& shared_;
  std::unique_ptr<Acceptor> acceptor_;
  const std::uint64_t descriptors_max_;
};

}  // namespace

class GrpcServer::Core {
 public:
  Core(Store& store, const ServerOptions& options, Logger logger)
      : shared_(std::make_shared<Shared>(store, options, std::move(logger))),
        workers_(worker_count(options)),
        calls_(options.subscriptions_max),
        context_{*shared_, workers_, calls_, store.info().limits},
        loop_(std::make_shared<Loop>()) {
    keep_libraries_quiet();
    services_.push_back(kurrent::make_streams_service(context_));
    services_.push_back(kurrent::make_records_service(context_));
    services_.push_back(kurrent::make_server_features_service());
    services_.push_back(kurrent::make_gossip_service(context_));
  }

  ~Core() { stop(); }

  Result<void> start() {
    ::grpc::ServerBuilder builder;
    configure(builder);
    for (const auto& service : services_) builder.RegisterService(service.get());
    taker_ = std::make_shared<GrpcTaker>(
        loop_->context(), *shared_,
        builder.experimental().AddExternalConnectionAcceptor(
            ::grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
            ::grpc::InsecureServerCredentials()));
    for (const std::string& address : shared_->options.listen) {
      ESKER_TRY(std::shared_ptr<Listener> listener,
                Listener::open(loop_, shared_, address, [this] { return taker_; }));
      addresses_.push_back(listener->address());
      listeners_.push_back(std::move(listener));
    }
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return Error(Errc::io_error, "gRPC cannot be set up");
    loop_->start();
    loop_->post([this] {
      for (const std::shared_ptr<Listener>& listener : listeners_) listener->start();
    });
    return ok();
  }

  void stop() {
    if (stopped_.exchange(true)) return;
    loop_->post([this] {
      for (const std::shared_ptr<Listener>& listener : listeners_) listener->stop();
    });
    if (server_ != nullptr) loop_->join();
    calls_.stop();
    if (server_ != nullptr) {
      server_->Shutdown(std::chrono::system_clock::now() + shared_->options.stop_timeout);
    }
    calls_.wait();
    workers_.join();
  }

  [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
  [[nodiscard]] const Shared& shared() const { return *shared_; }

 private:
  void configure(::grpc::ServerBuilder& builder) const {
    const std::uint64_t message = context_.limits.commit_bytes_max + kMessageOverheadBytes;
    builder.SetMaxReceiveMessageSize(static_cast<int>(std::min<std::uint64_t>(message, INT32_MAX)));
    ::grpc::ResourceQuota quota("esker");
    quota.Resize(shared_->options.request_bytes_max + message + kTransportBytes);
    builder.SetResourceQuota(quota);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kPingMs / 10);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                               static_cast<int>(shared_->options.connection_appends_max));
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                               static_cast<int>(shared_->options.handshake_timeout.count()));
  }

  // In the order of use: what is below uses what is above.
  const std::shared_ptr<Shared> shared_;
  kurrent::Workers workers_;
  kurrent::Calls calls_;
  kurrent::Context context_;
  std::vector<std::unique_ptr<::grpc::Service>> services_;
  std::unique_ptr<::grpc::Server> server_;
  const std::shared_ptr<Loop> loop_;  // of the listeners
  std::shared_ptr<GrpcTaker> taker_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::vector<std::string> addresses_;
  std::atomic<bool> stopped_ = false;
};

GrpcServer::GrpcServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}
GrpcServer::GrpcServer(GrpcServer&&) noexcept = default;
GrpcServer& GrpcServer::operator=(GrpcServer&&) noexcept = default;
GrpcServer::~GrpcServer() = default;

Result<GrpcServer> GrpcServer::start(Store& store, const ServerOptions& options, Logger logger) {
  try {
    auto core = std::make_unique<Core>(store, options, std::move(logger));
    ESKER_TRY(core->start());
    return GrpcServer(std::move(core));
  } catch (const std::system_error& error) {  // Asio's set-up, or a thread
    return Error(Errc::io_error, std::string("cannot set up the gRPC server: ") + error.what());
  }
}

const std::vector<std::string>& GrpcServer::addresses() const { return core_->addresses(); }

std::uint64_t GrpcServer::requests() const {
  return core_->shared().requests.load(std::memory_order_relaxed);
}

void GrpcServer::stop() { core_->stop(); }

}  // namespace esker::server
