#include <grpcpp/grpcpp.h>

#include <chrono>
#include <string>

#include "base/host_port.hpp"
#include "gossip.grpc.pb.h"
#include "server/grpc/numbers.hpp"
#include "server/grpc/services.hpp"
#include "server/grpc/uuid_message.hpp"

namespace esker::server::kurrent {
namespace {

namespace gossip = event_store::client::gossip;

constexpr std::uint16_t kPortByDefault = 2113;

/// A cluster of one, its leader. Where it is to be reached: where the client that asks has reached it.
class GossipService final : public gossip::Gossip::CallbackService {
 public:
  explicit GossipService(Context& context) : context_(context) {}

  ::grpc::ServerUnaryReactor* Read(::grpc::CallbackServerContext* call,
                                   const event_store::client::Empty* /*request*/,
                                   gossip::ClusterInfo* answer) override {
    using std::chrono::nanoseconds;
    using std::chrono::system_clock;
    const auto now =
        std::chrono::duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
    gossip::MemberInfo& member = *answer->add_members();
    write_uuid(context_.store().info().store_id, IdForm::numbers, *member.mutable_instance_id());
    member.set_time_stamp(
        static_cast<std::int64_t>(ticks_of(Timestamp(static_cast<std::uint64_t>(now)))));
    member.set_state(gossip::MemberInfo_VNodeState_Leader);
    member.set_is_alive(true);
    const ::grpc::string_ref named = call->ExperimentalGetAuthority();
    const std::string authority(named.data(), named.size());
    const auto where = base::parse_host_port(authority);
    member.mutable_http_end_point()->set_address(where ? where->host : authority);
    member.mutable_http_end_point()->set_port(where ? where->port : kPortByDefault);
    ::grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
    reactor->Finish(::grpc::Status::OK);
    return reactor;
  }

 private:
  Context& context_;
};

}  // namespace

std::unique_ptr<::grpc::Service> make_gossip_service(Context& context) {
  return std::make_unique<GossipService>(context);
}

}  // namespace esker::server::kurrent
