#pragma once

#include <google/protobuf/any.pb.h>

namespace esker::server::kurrent {

/// `message` as an error's detail. The small messages that we use do not know how to do that themselves.
template <class Message>
void pack(const Message& message, google::protobuf::Any& any) {
  any.set_type_url("type.googleapis.com/" + message.GetTypeName());
  any.set_value(message.SerializeAsString());
}

}  // namespace esker::server::kurrent
