#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "crash/history.hpp"
#include "crash/subscriber.hpp"
#include "crash/verdict.hpp"
#include "crash/workload.hpp"
#include "esker/proof.hpp"
#include "sim/random.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_disk.hpp"
#include "store/engine.hpp"
#include "support/operations.hpp"

namespace esker::crash {

/// What the world outside knows of a store. Goes on when the store is opened again, and forks at a crash point.
struct Outside {
  History history;
  std::vector<Subscriber> subscribers;
  Timestamp now = sim::SimClock::kStart;
  unsigned term_bits = 128;  ///< Of the index's hashes; few make them collide (F26).
  bool proofs = false;       ///< The store keeps a tree.
  /// It is opened for larger segments now and then, so that a compaction merges small ones.
  bool merges = false;
  bool compresses = false;               ///< Its sealed segments are compressed.
  std::map<Position, TreeHash> roots{};  ///< What somebody has kept.

  /// There is something for compaction to do.
  [[nodiscard]] bool keeps_house() const { return merges || compresses; }
  /// A copy that goes on apart, and counts from 0.
  [[nodiscard]] Outside fork() const;
};

/// Counts of one run that no other part keeps.
struct DriverCounts {
  std::uint64_t io_calls = 0;
  std::uint64_t switches = 0;  ///< A role went on in the middle of another one's call.
  std::uint64_t torn_tails = 0;
  std::uint64_t live_events = 0;  ///< Given to subscribers that had caught up.
  std::unordered_map<const char*, std::uint64_t> sites;  ///< Calls, by the site's name.

  DriverCounts& operator+=(const DriverCounts& other);
};

/// One engine on a simulated disk, and the scheduler of its roles.
///
/// Everything runs on the calling thread. The builder, the writer and the two backgrounds take turns as `random` says; and in the middle of
/// each call that one of them makes, others may go on, several calls deep. (What began in the middle of a call ends before that
/// call does; since a role's step makes few calls, hardly an order is lost by it.)
class Driver {
 public:
  /// Is called before each call on the disk, after others have gone on.
  using Observer = std::function<void(const sim::CallInfo&)>;

  Driver(std::unique_ptr<sim::SimDisk> disk, Outside outside, const Workload& workload,
         std::uint64_t seed, Verdict& verdict);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  void observe(Observer observer) { observer_ = std::move(observer); }

  /// Opens the store. Errors: those of the engine; what they mean the caller knows.
  Result<void> open();
  /// After a crash and `open`: compares all that can be read with what must be there (I1–I9, I12, I13), and goes on with that.
  void check_recovered();
  /// Compares all that can be read now with the model. Nothing may be in flight.
  void check_reads();

  /// Gives an append to the store.
  void submit(std::vector<tests::OwnedAppend> appends);
  /// Lets some role go on, some subscriber read, or time pass.
  void go_on();
  /// Lets all roles but compaction go on until there is nothing to do.
  void settle();
  /// Begins a compaction, and makes what is old enough to be compressed due.
  void keep_house();
  /// Lets that go on until there is nothing to do.
  void settle_house();
  /// Lets go of the engine as a crash does. The disk must have been stopped or crashed.
  void drop();
  /// Closes the store in order.
  Result<void> close();
  /// Drops the engine and crashes what `crash` says of the disk.
  template <class Crash>
  void crash(Crash crash) {
    disk_->stop_at_call(0);
    drop();
    crash(*disk_);
    directory_ = disk_->open_directory();
  }

  [[nodiscard]] store::Engine& engine() { return *engine_; }
  /// The store takes no more appends (R4).
  [[nodiscard]] bool failed() const { return engine_->info().failed.has_value(); }
  [[nodiscard]] sim::SimDisk& disk() { return *disk_; }
  [[nodiscard]] const sim::SimDisk& disk() const { return *disk_; }
  [[nodiscard]] Outside& outside() { return outside_; }
  [[nodiscard]] const Outside& outside() const { return outside_; }
  [[nodiscard]] sim::Random& random() { return random_; }
  [[nodiscard]] DriverCounts counts() const;
  /// What the world outside knows now, to go on apart.
  [[nodiscard]] Outside fork() const;

 private:
  enum class Role : std::uint8_t { builder, writer, log, index, proof, compaction, reader };
  static constexpr std::size_t kRoles = 7;

  void on_call(const sim::CallInfo& info);
  /// False when the role is at work already, or has nothing to do.
  bool step(Role role);
  bool work(Role role);
  /// What may add to the tree waits for who is doing so: here, for ever. False when somebody is.
  template <class Work>
  bool work_with_tree(Work work);
  bool read();
  void check_same_as_model(const Query& query);
  /// Keeps the newest root, and compares those that were kept with what the store answers.
  bool keep_root();
  void check_roots();
  void read_log_from(Position from, std::uint64_t count);
  /// An error of a read counts unless it comes from a disk that has stopped or fails.
  void read_failed(const Error& error);

  const Workload& workload_;
  Verdict& verdict_;
  sim::Random random_;
  sim::Random ids_;  // what the engine takes for random
  std::unique_ptr<sim::SimDisk> disk_;
  std::unique_ptr<io::Directory> directory_;
  mutable sim::SimClock clock_;
  Outside outside_;
  std::unique_ptr<store::Engine> engine_;
  std::array<bool, kRoles> active_{};
  bool scheduling_ = false;
  int depth_ = 0;
  Observer observer_;
  DriverCounts counts_;
};

}  // namespace esker::crash
