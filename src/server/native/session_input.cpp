#include <algorithm>
#include <boost/asio/buffer.hpp>

#include "server/native/prove.hpp"
#include "server/native/session.hpp"

namespace esker::server {
namespace {

namespace asio = boost::asio;
using format::MessageKind;

constexpr std::string_view kServerName = "esker/" ESKER_VERSION;
/// Answers up to this many bytes are not worth keeping shared memory for until they are taken.
constexpr std::size_t kShortAnswerBytes = 1'024;

/// `text` fit for a line of the log, whatever a peer has put into it.
std::string printable(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

}  // namespace

void Session::read() {
  if (reading_ || end_of_input_ || state_ == State::closed) return;
  reading_ = true;
  const std::span<std::byte> room = reader_.room();
  socket_.async_read_some(
      asio::buffer(room.data(), room.size()),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
        self->reading_ = false;
        self->on_read(error, bytes);
      });
}

void Session::on_read(const boost::system::error_code& error, std::size_t bytes) {
  if (state_ == State::closed) return;
  if (error == asio::error::eof) {
    end_of_input_ = true;
    on_end_of_input();
  } else if (error) {
    close_with(LogLevel::debug, error.message());
  } else if (serving()) {
    reader_.received(bytes);
    process();
  } else {
    reader_.discard();
    read();
  }
}

void Session::on_end_of_input() {
  if (state_ == State::lingering) {
    close();
  } else if (serving() && reader_.in_frame()) {
    fail({Errc::protocol, "the connection ended inside a frame"});
  } else if (serving()) {
    // What was accepted is answered, in case that only the sending side was closed; without credit and pings, reads and subscriptions
    // would not get far.
    feeds_.clear();
    after_writing();
  }
}

bool Session::paused() const {
  return memory_awaited_ || appends_ >= shared_->options.connection_appends_max ||
         outbox_.own_bytes() > shared_->options.connection_answer_bytes;
}

void Session::process() {
  while (serving() && !paused()) {
    switch (reader_.step()) {
      case FrameReader::Step::more:
        read();
        return;
      case FrameReader::Step::storage:
        if (!provide_storage()) return;
        break;
      case FrameReader::Step::frame:
        dispatch(reader_.take());
        break;
      case FrameReader::Step::fault:
        fail(reader_.fault());
        return;
    }
  }
}

bool Session::provide_storage() {
  const std::uint64_t bytes = reader_.storage_bytes();
  if (allowance_ + bytes <= shared_->options.connection_request_bytes) {
    allowance_ += bytes;
    storage_allowance_ = bytes;
  } else if (shared_->request_memory.take(bytes, [self = shared_from_this(), bytes] {
               const std::shared_ptr<Loop> loop = self->loop();
               loop->post([self, bytes] { self->memory_granted(bytes); });
             })) {
    storage_charge_ = RequestCharge(shared_->request_memory, bytes);
  } else {
    memory_awaited_ = true;
    return false;
  }
  reader_.provide_storage();
  return true;
}

void Session::memory_granted(std::uint64_t bytes) {
  RequestCharge charge(shared_->request_memory, bytes);
  memory_awaited_ = false;
  if (!serving()) return;
  storage_charge_ = std::move(charge);
  reader_.provide_storage();
  process();
}

void Session::release_storage() {
  allowance_ -= std::exchange(storage_allowance_, 0);
  storage_charge_ = RequestCharge();
}

void Session::dispatch(Frame frame) {
  ++frames_;
  shared_->requests.fetch_add(1, std::memory_order_relaxed);
  const Result<void> served = state_ == State::greeting ? greet(frame) : serve(frame);
  release_storage();  // unless an append has taken it over
  if (!served) fail(served.assume_error());
}

Result<void> Session::greet(const Frame& frame) {
  if (frame.header.kind != static_cast<std::uint16_t>(MessageKind::hello) ||
      frame.header.request != 0) {
    return Error(Errc::protocol, "a connection begins with hello, as request 0");
  }
  ESKER_TRY(const format::Hello hello, format::parse_hello(frame.body));
  if (hello.version_min > format::kProtocolVersion ||
      hello.version_max < format::kProtocolVersion) {
    return Error(Errc::not_supported,
                 "this server speaks version " + std::to_string(format::kProtocolVersion) +
                     " of the protocol, the client " + std::to_string(hello.version_min) + " to " +
                     std::to_string(hello.version_max));
  }
  log(LogLevel::debug, "greeted as " + printable(hello.client));
  const StoreInfo info = shared_->store.info();
  const ServerOptions& options = shared_->options;
  state_ = State::open;
  send(0, format::Welcome{
              format::kProtocolVersion, info.store_id, info.incarnation, info.head,
              options.frame_bytes_max, static_cast<std::uint32_t>(options.connection_appends_max),
              static_cast<std::uint32_t>(options.idle_timeout.count()), info.limits, kServerName});
  return ok();
}

Result<void> Session::serve(Frame& frame) {
  const std::uint64_t request = frame.header.request;
  if (request == 0) {
    return Error(Errc::protocol, "request number 0 belongs to the connection as a whole");
  }
  switch (static_cast<MessageKind>(frame.header.kind)) {
    case MessageKind::hello:
      return Error(Errc::protocol, "a second hello");
    case MessageKind::append:
      return append(frame);
    case MessageKind::read: {
      ESKER_TRY(const format::ReadRequest read, format::parse_read(frame.body));
      return feeds_.read(request, read.window_bytes, read.query);
    }
    case MessageKind::subscribe: {
      ESKER_TRY(const format::SubscribeRequest subscribe, format::parse_subscribe(frame.body));
      return feeds_.subscribe(request, subscribe.window_bytes, subscribe.query);
    }
    case MessageKind::credit: {
      ESKER_TRY(const format::Credit credit, format::parse_credit(frame.body));
      feeds_.add_credit(request, credit.bytes);
      return ok();
    }
    case MessageKind::cancel: {
      ESKER_TRY(format::parse_cancel(frame.body));
      feeds_.cancel(request);
      return ok();
    }
    case MessageKind::ping: {
      ESKER_TRY(const format::Ping ping, format::parse_ping(frame.body));
      send(request, format::Pong{ping.payload});
      return ok();
    }
    case MessageKind::info: {
      ESKER_TRY(format::parse_info(frame.body));
      send(request, format::InfoReply{shared_->store.info()});
      return ok();
    }
    case MessageKind::compact: {
      ESKER_TRY(const format::CompactRequest compact, format::parse_compact(frame.body));
      Result<void> started = ok();
      if (compact.start) started = shared_->store.start_compaction(compact.options);
      if (started) {
        send(request, format::CompactionReply{shared_->store.compaction()});
      } else {
        send_error(request, started.assume_error());
      }
      return ok();
    }
    case MessageKind::prove: {
      ESKER_TRY(const format::ProveRequest asked, format::parse_prove(frame.body));
      const Result<format::ProofReply> proved = prove(shared_->store, asked);
      if (proved) {
        send(request, proved.assume_value());
      } else {
        send_error(request, proved.assume_error());
      }
      return ok();
    }
    default:
      send_error(request,
                 {Errc::not_supported, "message kind " + std::to_string(frame.header.kind) +
                                           " is not one that this server serves"});
      return ok();
  }
}

Result<void> Session::append(Frame& frame) {
  ESKER_TRY(format::ParsedAppend parsed, format::parse_append(frame.body));
  auto append = std::make_unique<AppendRequest>();
  append->session = shared_from_this();
  append->request = frame.header.request;
  append->body = std::move(frame.storage);
  append->allowance_bytes = std::exchange(storage_allowance_, 0);
  append->charge = std::move(storage_charge_);
  append->parsed = std::move(parsed);
  ++appends_;
  begin_append(shared_->store, std::move(append));
  return ok();
}

void Session::append_answered(std::unique_ptr<AppendRequest> append) {
  --appends_;
  allowance_ -= append->allowance_bytes;
  if (!*append->result) shared_->tell_of_trouble(append->result->assume_error());
  if (!serving() && state_ != State::finishing) return;
  const std::size_t before = outbox_.bytes();
  Result<AppendResult>& result = *append->result;
  if (result) {
    send(append->request, format::Appended{std::move(result).assume_value()});
  } else {
    send_error(append->request, result.assume_error());
  }
  if (append->charge.bytes() > 0 && outbox_.bytes() - before > kShortAnswerBytes) {
    unanswered_.emplace_back(written_ + outbox_.bytes(), std::move(append->charge));
  }
  if (state_ == State::open && !reading_) process();
}

}  // namespace esker::server
