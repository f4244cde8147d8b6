#pragma once

/// Names of gRPC's and of the messages made from proto/, for headers: who uses them includes what they are, which takes seconds to compile.

namespace grpc {
class ByteBuffer;
class CallbackServerContext;
class Server;
class ServerContextBase;
class ServerUnaryReactor;
class Service;
class Status;
template <class Request>
class ServerReadReactor;
template <class Response>
class ServerWriteReactor;
template <class Request, class Response>
class ServerBidiReactor;
}  // namespace grpc

namespace event_store::client {
class UUID;
}

namespace event_store::client::streams {
class AppendReq;
class AppendResp;
class AppendResp_WrongExpectedVersion;
class BatchAppendReq;
class BatchAppendResp;
class DeleteReq;
class DeleteResp;
class ProposedMessage;
class ReadReq;
class ReadResp;
class ReadResp_RecordedEvent;
class StreamExpectation;
class TombstoneReq;
class TombstoneResp;
}  // namespace event_store::client::streams

namespace kurrentdb::protocol::v2::streams {
class AppendRecord;
class AppendRecordsRequest;
class AppendRecordsResponse;
class AppendRequest;
class AppendSessionResponse;
}  // namespace kurrentdb::protocol::v2::streams

namespace esker::server::kurrent {

namespace streams = event_store::client::streams;
namespace records = kurrentdb::protocol::v2::streams;

}  // namespace esker::server::kurrent
