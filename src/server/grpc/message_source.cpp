#include "server/grpc/message_source.hpp"

#include "server/grpc/read_source.hpp"
#include "server/grpc/subscription_source.hpp"

namespace esker::server::kurrent {

Reply<std::unique_ptr<MessageSource>> open_source(const Store& store,
                                                  const streams::ReadReq& request) {
  ESKER_TRY(ReadPlan plan, read_plan(request));
  std::unique_ptr<MessageSource> source;
  if (plan.subscribe) {
    ESKER_TRY(source, SubscriptionSource::open(store, std::move(plan)));
  } else {
    ESKER_TRY(source, ReadSource::open(store, std::move(plan)));
  }
  return source;
}

}  // namespace esker::server::kurrent
