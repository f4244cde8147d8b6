#include "server/grpc/record_write.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "server/grpc/expectation.hpp"
#include "server/grpc/numbers.hpp"

namespace esker::server::kurrent {
namespace {

bool same_but_for_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

Expected expected_of(std::int64_t state) {
  switch (state) {
    case kAnyState:
      return Expected::any();
    case kNoStream:
      return Expected::no_stream();
    case kExists:
      return Expected::stream_exists();
    default:
      return Expected::exactly(version_of(static_cast<std::uint64_t>(state)));
  }
}

std::int64_t state_of(const StreamStatus& status) {
  if (status.tombstoned) return kTombstonedState;
  if (status.version == Version()) return kNoStream;
  return static_cast<std::int64_t>(revision_of(status.version));
}

/// An append on its way. It owns itself until it is done.
class RecordAppending : public std::enable_shared_from_this<RecordAppending> {
 public:
  using Done = UniqueFunction<void(Reply<RecordsAppended>, std::vector<StateViolation>)>;

  RecordAppending(Context& context, RecordWrite write, Done done)
      : context_(context), write_(std::move(write)), done_(std::move(done)) {}

  void start() {
    const std::uint64_t most = context_.limits.commit_bytes_max;
    if (write_.bytes() > most) return fail(transaction_too_large(write_.bytes(), most));
    if (const Reply<void> prepared = prepare(); !prepared) return fail(prepared.assume_error());
    context_.shared.requests.fetch_add(1, std::memory_order_relaxed);
    context_.store().append_async(
        appends_, [self = shared_from_this()](Result<AppendResult> result) {
          Workers& workers = self->context_.workers;
          workers.post([self, result = std::move(result)] { self->answered(result); });
        });
  }

 private:
  void fail(Failure failure) { done_(std::move(failure), {}); }

  /// Makes the commit. What the store has no expectation for does not change back by itself: that a stream has been ended, and that it has
  /// been deleted as long as its version stays.
  Reply<void> prepare() {
    for (RecordStream& stream : write_.streams()) {
      Expected expected = expected_of(stream.expected);
      const bool written = !stream.events.empty();
      if (!written || stream.expected < kExists) {
        ESKER_TRY(const StreamStatus status, context_.store().stream_status(stream.stream));
        if (violated(stream.expected, written, status)) return violations();
        if (status.tombstoned) continue;
        if (stream.expected == kDeletedState) expected = Expected::exactly(status.version);
      }
      appends_.push_back({stream.stream, expected, stream.events.events()});
    }
    return ok();
  }

  /// All checks that do not hold.
  Reply<void> violations() {
    std::int32_t implicit = 0;
    for (const RecordStream& stream : write_.streams()) {
      implicit = std::max(implicit, stream.check + 1);
    }
    std::vector<StateViolation> found;
    for (const RecordStream& stream : write_.streams()) {
      const std::int32_t check = stream.check >= 0 ? stream.check : implicit++;
      ESKER_TRY(const StreamStatus status, context_.store().stream_status(stream.stream));
      const bool written = !stream.events.empty();
      if (const auto actual = violated(stream.expected, written, status)) {
        found.push_back({check, stream.stream, stream.expected, *actual});
      }
    }
    violations_ = std::move(found);
    return consistency_violation(violations_);
  }

  void answered(const Result<AppendResult>& result) {
    if (result) return done_(appended(result.assume_value()), {});
    const Error& error = result.assume_error();
    context_.shared.tell_of_trouble(error);
    switch (error.code()) {
      case Errc::wrong_version:
      case Errc::partial_match:
      case Errc::tombstoned:
        return not_as_expected(error);
      case Errc::too_large:
        return fail(transaction_too_large(write_.bytes(), context_.limits.commit_bytes_max));
      case Errc::invalid_argument:
        return fail(bad_request("records", error.message()));
      default:
        return fail(Failure(error));
    }
  }

  void not_as_expected(const Error& error) {
    Reply<void> told = violations();
    if (violations_.empty()) {
      // Some of the events are there already, or it has become as expected since.
      for (const RecordStream& stream : write_.streams()) {
        const Result<StreamStatus> status = context_.store().stream_status(stream.stream);
        if (!status || stream.events.empty()) continue;
        violations_.push_back({std::max(stream.check, 0), stream.stream, stream.expected,
                               state_of(status.assume_value())});
        break;
      }
      told = violations_.empty() ? Failure(error) : consistency_violation(violations_);
    }
    done_(told.assume_error(), std::move(violations_));
  }

  RecordsAppended appended(const AppendResult& result) {
    RecordsAppended told{{}, result.position()};
    std::size_t place = 0;
    for (const StreamAppend& append : appends_) {
      const AppendedStream& stream = result.streams[place++];
      if (append.events.empty()) continue;
      told.revisions.emplace_back(append.stream,
                                  static_cast<std::int64_t>(revision_of(stream.last_version)));
    }
    return told;
  }

  Context& context_;
  RecordWrite write_;
  Done done_;
  std::vector<StreamAppend> appends_;
  std::vector<StateViolation> violations_;
};

}  // namespace

bool RecordWrite::has(std::string_view stream) const {
  return std::ranges::any_of(streams_, [stream](const RecordStream& there) {
    return same_but_for_case(there.stream, stream);
  });
}

Reply<RecordStream*> RecordWrite::stream(std::string_view name) {
  const auto found = std::ranges::find(streams_, name, &RecordStream::stream);
  if (found != streams_.end()) return &*found;
  if (name.empty() || name == kMetadataMark) return bad_request("stream", "a name is needed");
  if (name.starts_with(kMetadataMark)) {
    return bad_request("stream", "metadata are set by Append, not together with other streams");
  }
  ESKER_TRY(check_writable(name));
  streams_.push_back({std::string(name)});
  return &streams_.back();
}

std::uint64_t RecordWrite::bytes() const {
  std::uint64_t bytes = 0;
  for (const RecordStream& stream : streams_) bytes += stream.events.bytes();
  return bytes;
}

void append_records(
    Context& context, RecordWrite write,
    UniqueFunction<void(Reply<RecordsAppended>, std::vector<StateViolation>)> done) {
  std::make_shared<RecordAppending>(context, std::move(write), std::move(done))->start();
}

std::optional<std::int64_t> violated(std::int64_t expected, bool written,
                                     const StreamStatus& status) {
  const std::optional<std::int64_t> holds;
  if (status.tombstoned) {
    const bool as_wanted = expected == kTombstonedState || expected == kNoStream;
    return !written && (as_wanted || expected == kAnyState) ? holds : kTombstonedState;
  }
  const std::int64_t actual = state_of(status);
  switch (expected) {
    case kAnyState:
      return holds;
    case kNoStream:
      return status.exists() ? std::optional(actual) : holds;
    case kExists:
      if (status.exists()) return holds;
      return status.deleted ? kDeletedState : kNoStream;
    case kDeletedState:
      return status.deleted ? holds : std::optional(actual);
    case kTombstonedState:
      return actual;
    default:
      return expected == actual ? holds : std::optional(actual);
  }
}

}  // namespace esker::server::kurrent
