#include "esker/store.hpp"

#include <optional>
#include <utility>

#include "base/mutex.hpp"
#include "io/directory.hpp"
#include "io/guarded_read.hpp"
#include "io/process.hpp"
#include "store/engine.hpp"

namespace esker {
namespace store {

/// Lets a thread wait for one answer.
class Answer {
 public:
  AppendHandler handler() {
    return [this](Result<AppendResult> result) {
      base::MutexLock lock(mutex_);
      result_.emplace(std::move(result));
      given_
          .notify_one();  // under the lock: the waiting thread may take this object with it as soon as it can look
    };
  }

  Result<AppendResult> wait() {
    base::MutexLock lock(mutex_);
    while (!result_) given_.wait(mutex_);
    return std::move(*result_);
  }

 private:
  base::Mutex mutex_;
  base::Condition given_;
  std::optional<Result<AppendResult>> result_ ESKER_GUARDED_BY(mutex_);
};

Result<std::unique_ptr<Engine>> Engine::open(const std::string& path, const StoreOptions& options) {
  io::install_mapped_read_guard();
  ESKER_TRY(io::OpenedDirectory opened,
            io::open_directory(path, {options.create, options.allow_remote_file_system}));
  EngineOptions engine_options;
  engine_options.store = options;
  engine_options.owner = "process " + std::to_string(io::process_id());
  engine_options.file_system = opened.file_system_name;
  std::unique_ptr<Engine> engine(new Engine(*opened.directory, io::system_clock(), engine_options));
  engine->owned_directory_ = std::move(opened.directory);
  if (opened.file_system == io::FileSystemKind::volatile_) {
    engine->report_.warnings.push_back(path + " is on " + opened.file_system_name +
                                       ", which does not outlive the machine or container");
  } else if (opened.file_system == io::FileSystemKind::remote) {
    engine->report_.warnings.push_back(path + " is on " + opened.file_system_name +
                                       ", which may keep less than it promises");
  }
  ESKER_TRY(engine->start());
  return engine;
}

}  // namespace store

Store::Store(std::unique_ptr<store::Engine> engine) : engine_(std::move(engine)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::string& directory, const StoreOptions& options) {
  ESKER_TRY(std::unique_ptr<store::Engine> engine, store::Engine::open(directory, options));
  return Store(std::move(engine));
}

const OpenReport& Store::open_report() const { return engine_->open_report(); }

void Store::append_async(const NewCommit& commit, AppendHandler handler) {
  engine_->append_async(commit, std::move(handler));
}

Result<AppendResult> Store::append(const NewCommit& commit) {
  store::Answer answer;
  engine_->append_async(commit, answer.handler());
  return answer.wait();
}

Result<AppendResult> Store::append(std::string_view stream, Expected expected,
                                   std::span<const NewEvent> events) {
  const StreamAppend append{stream, expected, events};
  return this->append(std::span(&append, 1));
}

Result<Cursor> Store::read(const Query& query) const {
  ESKER_TRY(std::unique_ptr<store::QueryWalk> walk, engine_->read(query));
  return Cursor(std::move(walk));
}

Result<Subscription> Store::subscribe(const Query& query) const {
  ESKER_TRY(std::unique_ptr<store::SubscriptionWalk> walk, engine_->subscribe(query));
  return Subscription(std::move(walk));
}

Result<Version> Store::current_version(std::string_view stream) const {
  return engine_->current_version(stream);
}

Result<StreamStatus> Store::stream_status(std::string_view stream) const {
  return engine_->stream_status(stream);
}

StoreInfo Store::info() const { return engine_->info(); }

Result<void> Store::start_compaction(const CompactionOptions& options) {
  return engine_->start_compaction(options);
}

CompactionStatus Store::compaction() const { return engine_->compactor().status(); }

CompactionStatus Store::wait_for_compaction(std::chrono::nanoseconds timeout) {
  return engine_->compactor().wait(timeout);
}

Result<Root> Store::root(std::optional<Position> position) const { return engine_->root(position); }

Result<InclusionProof> Store::prove_inclusion(Position position,
                                              std::optional<Position> root) const {
  return engine_->prove_inclusion(position, root);
}

Result<ConsistencyProof> Store::prove_consistency(Position from, std::optional<Position> to) const {
  return engine_->prove_consistency(from, to);
}

Result<void> Store::close() { return engine_->close(); }

}  // namespace esker
