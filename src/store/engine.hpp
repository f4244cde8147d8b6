#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "esker/store.hpp"
#include "index/index.hpp"
#include "io/clock.hpp"
#include "io/directory.hpp"
#include "log/log.hpp"
#include "proof/trees.hpp"
#include "store/background.hpp"
#include "store/compactor.hpp"
#include "store/compressor.hpp"
#include "store/index_reader.hpp"
#include "store/lock_file.hpp"
#include "store/query_walk.hpp"
#include "store/retention.hpp"
#include "store/runner.hpp"
#include "store/sequencer.hpp"
#include "store/subscription_walk.hpp"
#include "store/waiters.hpp"

namespace esker::store {

struct EngineOptions {
  StoreOptions store;
  /// Without threads nothing happens but in `run_until_idle`, so that a test can drive everything from one thread.
  bool threads = true;
  /// Bits kept of each term's hash: fewer than 128 only in tests that want collisions.
  unsigned term_bits = 128;
  index::IndexOptions index;
  log::CompressionSettings compression;
  /// As `SequencerOptions::condition_looks`.
  std::uint64_t condition_looks = SequencerOptions().condition_looks;
  /// Shown to whoever finds the store locked.
  std::string owner = "another process";
  /// As `log::LogOptions::random`.
  std::function<Uuid()> random = &Uuid::random;
  std::string file_system = "unknown";  ///< For the report.
};

/// An open store: lock, log, index and sequencer wired together, with the threads that run them. `Store` is its public face.
class Engine {
 public:
  /// Opens the store in `directory` of the machine. Errors: as `Store::open`.
  static Result<std::unique_ptr<Engine>> open(const std::string& path, const StoreOptions& options);

  /// Opens the store in `directory`, which like `clock` outlives the engine. Errors: as `Store::open`.
  static Result<std::unique_ptr<Engine>> open(io::Directory& directory, io::Clock& clock,
                                              const EngineOptions& options);

  /// Closes the store if that has not been done, and joins the threads.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] const OpenReport& open_report() const { return report_; }
  void append_async(const NewCommit& commit, AppendHandler handler);
  Result<std::unique_ptr<QueryWalk>> read(const Query& query) const;
  Result<std::unique_ptr<SubscriptionWalk>> subscribe(const Query& query);
  Result<Version> current_version(std::string_view stream) const;
  Result<StreamStatus> stream_status(std::string_view stream) const;
  [[nodiscard]] StoreInfo info() const;
  Result<void> start_compaction(const CompactionOptions& options);
  Compactor& compactor() { return *compactor_; }
  Result<Root> root(std::optional<Position> position) const;
  Result<InclusionProof> prove_inclusion(Position position, std::optional<Position> root) const;
  Result<ConsistencyProof> prove_consistency(Position from, std::optional<Position> to) const;
  Result<void> close();

  /// Does all there is to do, on the calling thread; only without threads.
  void run_until_idle();

  // --- for tests that step one piece at a time, without threads ---
  Sequencer& sequencer() { return *sequencer_; }
  Background& log_background() { return *log_background_; }
  Background& index_background() { return *index_background_; }
  Background& compaction_background() { return *compaction_background_; }
  /// Null when the store keeps no tree.
  Background* proof_background() { return proof_background_.get(); }

 private:
  Engine(io::Directory& directory, io::Clock& clock, const EngineOptions& options);

  Result<void> start();
  Result<void> open_log();
  Result<void> open_index();
  Result<void> open_trees();
  Result<void> index_unsealed();
  Result<void> find_retention();
  void connect();
  void on_visible();
  void on_sealed(const log::Segment& segment);
  bool step_compaction();
  [[nodiscard]] std::optional<std::chrono::nanoseconds> compaction_due() const;
  [[nodiscard]] std::optional<std::chrono::nanoseconds> index_due() const;
  void fill_report();
  [[nodiscard]] ReadContext read_context() const;
  Result<Position> provable(std::optional<Position> root) const;

  std::unique_ptr<io::Directory> owned_directory_;
  io::Directory& directory_;
  io::Clock& clock_;
  EngineOptions options_;
  OpenReport report_;

  // In the order of use: what is below uses what is above.
  std::unique_ptr<LockFile> lock_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<index::TermHasher> hasher_;
  std::unique_ptr<index::Index> index_;
  std::unique_ptr<proof::Trees> trees_;  // null: the store keeps none
  RetentionUse retention_;
  mutable UniqueFunction<void()> repair_index_;  // called from any thread, changes nothing of ours
  std::unique_ptr<Background> log_background_;
  std::unique_ptr<Background> index_background_;
  std::unique_ptr<Compactor> compactor_;
  std::unique_ptr<Compressor> compressor_;
  std::unique_ptr<Background> compaction_background_;
  std::unique_ptr<Background> proof_background_;
  std::unique_ptr<Waiters> waiters_;
  std::unique_ptr<Sequencer> sequencer_;
  std::unique_ptr<Runner> runner_;

  std::atomic<bool> closed_ = false;
  std::once_flag close_once_;
};

}  // namespace esker::store
