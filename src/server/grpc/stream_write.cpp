#include "server/grpc/stream_write.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "esker/stream_metadata.hpp"

namespace esker::server::kurrent {
namespace {

/// Who changes a stream's metadata by what they were begins again when somebody else was faster: so many times.
constexpr int kTriesMax = 16;

/// Whether a stream is as expected, when nothing is to be appended to it.
bool holds(const Expected& expected, const StreamStatus& status) {
  switch (expected.kind) {
    case Expected::Kind::any:
      return true;
    case Expected::Kind::no_stream:
      return !status.exists();
    case Expected::Kind::stream_exists:
      return status.exists();
    case Expected::Kind::version:
      return expected.version == Version() ? !status.exists() : status.version == expected.version;
  }
  return false;
}

/// The answer when the stream is not as expected.
AppendAnswer not_as_expected(const ExpectedStream& to, Version actual) {
  // A stream that has events and does not exist has been deleted.
  if (to.expected.kind == Expected::Kind::stream_exists && actual != Version()) {
    return stream_deleted(to.stream);
  }
  return {WrongVersion{actual}};
}

/// An append of no events: only looks.
AppendAnswer check_stream(const Store& store, const ExpectedStream& to) {
  ESKER_TRY(const StreamStatus status, store.stream_status(to.stream));
  if (status.tombstoned) return stream_deleted(to.stream);
  if (!holds(to.expected, status)) return not_as_expected(to, status.version);
  return {Appended{status.exists() ? status.version : Version(), Position()}};
}

/// What the store's answer is in their terms.
AppendAnswer answer_of(const Context& context, const ExpectedStream& to,
                       const Result<AppendResult>& result) {
  if (result) {
    const AppendedStream& stream = result.assume_value().streams.front();
    return {Appended{stream.last_version, stream.last_position}};
  }
  const Error& error = result.assume_error();
  switch (error.code()) {
    case Errc::wrong_version:
      return not_as_expected(
          to, error.conflicts().empty() ? Version() : error.conflicts().front().actual);
    case Errc::partial_match: {
      ESKER_TRY(const Version actual, context.store().current_version(to.stream));
      return {WrongVersion{actual}};
    }
    case Errc::too_large:
      return append_too_large(context.limits.commit_bytes_max);
    default:
      return Failure(error);
  }
}

/// An append on its way. It owns itself until it is done.
class StreamAppending : public std::enable_shared_from_this<StreamAppending> {
 public:
  StreamAppending(Context& context, StreamWrite write, UniqueFunction<void(AppendAnswer)> done)
      : context_(context), write_(std::move(write)), done_(std::move(done)) {}

  void start() {
    const std::optional<AppendAnswer> known = prepare();
    if (known) return done_(*known);
    context_.shared.requests.fetch_add(1, std::memory_order_relaxed);
    append_ = {write_.to.stream, expected_, write_.events.events()};
    context_.store().append_async(
        NewCommit(std::span(&append_, 1)),
        [self = shared_from_this()](Result<AppendResult> result) {
          Workers& workers = self->context_.workers;
          workers.post([self, result = std::move(result)] { self->answered(result); });
        });
  }

 private:
  /// The answer, when there is nothing to append.
  std::optional<AppendAnswer> prepare() {
    if (const Reply<void> writable = check_writable(write_.to.stream); !writable) {
      return AppendAnswer(writable.assume_error());
    }
    if (write_.events.empty()) return check_stream(context_.store(), write_.to);
    expected_ = write_.to.expected;
    if (!write_.to.stream.starts_with(kMetadataMark)) return std::nullopt;
    if (const Result<void> kept = keep_deletion(); !kept) {
      return AppendAnswer(Failure(kept.assume_error()));
    }
    return std::nullopt;
  }

  /// Metadata are replaced as a whole, and with them went what says that the stream was deleted.
  Result<void> keep_deletion() {
    Store& store = context_.store();
    ESKER_TRY(const Version version, store.current_version(write_.to.stream));
    const std::string_view owner = std::string_view(write_.to.stream).substr(kMetadataMark.size());
    ESKER_TRY(const StreamMetadata metadata, store.stream_metadata(owner));
    if (metadata.deleted_before != Position()) {
      ESKER_TRY(write_.events.keep_deletion(metadata.deleted_before));
    }
    if (write_.to.expected.kind == Expected::Kind::any) expected_ = Expected::exactly(version);
    return ok();
  }

  void answered(const Result<AppendResult>& result) {
    if (!result) context_.shared.tell_of_trouble(result.assume_error());
    const bool changed = !result && result.assume_error().code() == Errc::wrong_version &&
                         write_.to.expected.kind == Expected::Kind::any;
    if (changed && ++tries_ < kTriesMax) return start();
    done_(answer_of(context_, write_.to, result));
  }

  Context& context_;
  StreamWrite write_;
  UniqueFunction<void(AppendAnswer)> done_;
  Expected expected_;
  StreamAppend append_;
  int tries_ = 0;
};

/// A deletion or a tombstone on its way. It owns itself until it is done.
class StreamDeleting : public std::enable_shared_from_this<StreamDeleting> {
 public:
  StreamDeleting(Context& context, ExpectedStream stream, bool for_ever,
                 UniqueFunction<void(DeleteAnswer)> done)
      : context_(context), to_(std::move(stream)), for_ever_(for_ever), done_(std::move(done)) {}

  void start() {
    if (const Reply<void> prepared = prepare(); !prepared) return done_(prepared.assume_error());
    context_.shared.requests.fetch_add(1, std::memory_order_relaxed);
    context_.store().append_async(
        appends_, [self = shared_from_this()](Result<AppendResult> result) {
          Workers& workers = self->context_.workers;
          workers.post([self, result = std::move(result)] { self->answered(result); });
        });
  }

 private:
  Reply<void> prepare() {
    ESKER_TRY(check_deletable(to_.stream));
    Store& store = context_.store();
    ESKER_TRY(const StreamStatus status, store.stream_status(to_.stream));
    if (status.tombstoned) return stream_deleted(to_.stream);
    if (to_.expected.kind == Expected::Kind::stream_exists && status.deleted) {
      return stream_deleted(to_.stream);
    }
    if (for_ever_) {
      event_.emplace(tombstone_append(to_.stream));
      appends_ = {event_->append(to_.expected)};
      return ok();
    }
    if (status.version == Version()) {
      return wrong_expected_version(to_.stream, to_.expected, Version());
    }
    // What else the metadata say stays, whoever changes it meanwhile.
    ESKER_TRY(const Version version, store.current_version(metadata_stream_of(to_.stream)));
    ESKER_TRY(StreamMetadata metadata, store.stream_metadata(to_.stream));
    metadata.deleted = true;
    ESKER_TRY(SystemAppend event, metadata_append(to_.stream, metadata));
    event_.emplace(std::move(event));
    appends_ = {event_->append(Expected::exactly(version)), {to_.stream, to_.expected, {}}};
    return ok();
  }

  void answered(const Result<AppendResult>& result) {
    if (result) return done_(result.assume_value().position());
    const Error& error = result.assume_error();
    context_.shared.tell_of_trouble(error);
    if (error.code() != Errc::wrong_version || error.conflicts().empty()) {
      return done_(Failure(error));
    }
    const Conflict& conflict = error.conflicts().front();
    if (conflict.stream != to_.stream && ++tries_ < kTriesMax) return start();
    done_(wrong_expected_version(to_.stream, to_.expected, conflict.actual));
  }

  Context& context_;
  const ExpectedStream to_;
  const bool for_ever_;
  UniqueFunction<void(DeleteAnswer)> done_;
  std::optional<SystemAppend> event_;
  std::vector<StreamAppend> appends_;
  int tries_ = 0;
};

}  // namespace

void append_to_stream(Context& context, StreamWrite write,
                      UniqueFunction<void(AppendAnswer)> done) {
  std::make_shared<StreamAppending>(context, std::move(write), std::move(done))->start();
}

void delete_stream(Context& context, ExpectedStream stream,
                   UniqueFunction<void(DeleteAnswer)> done) {
  std::make_shared<StreamDeleting>(context, std::move(stream), false, std::move(done))->start();
}

void tombstone_stream(Context& context, ExpectedStream stream,
                      UniqueFunction<void(DeleteAnswer)> done) {
  std::make_shared<StreamDeleting>(context, std::move(stream), true, std::move(done))->start();
}

}  // namespace esker::server::kurrent
