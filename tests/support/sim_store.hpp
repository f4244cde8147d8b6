#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/sim_clock.hpp"
#include "sim/sim_disk.hpp"
#include "store/engine.hpp"
#include "support/commits.hpp"
#include "support/model_store.hpp"

namespace esker::tests {

/// A whole engine on a simulated disk, driven by the calling thread alone.
class SimStore {
 public:
  SimStore();
  ~SimStore();

  /// Opens the store; the error when that fails.
  Result<void> open();
  /// Lets go of the engine without an orderly close, as a crash does. `stop` the disk first, or the engine closes in order.
  void drop();
  /// Closes the store in order.
  Result<void> close();

  /// Appends and does all there is to do until the answer is there; nothing when there is none because the disk has stopped.
  std::optional<Result<AppendResult>> append(const std::vector<OwnedAppend>& appends);
  /// Reads all that `query` selects.
  Result<std::vector<ModelEvent>> read(const Query& query);

  [[nodiscard]] store::Engine& engine() { return *engine_; }
  [[nodiscard]] sim::SimDisk& disk() { return *disk_; }
  /// Goes on with another disk. The engine must have been dropped.
  void use(std::unique_ptr<sim::SimDisk> disk);
  /// After a crash of the disk: its directory again.
  void reopen_directory() { directory_ = disk_->open_directory(); }
  sim::SimClock& clock() { return clock_; }

  store::EngineOptions options;

 private:
  sim::SimClock clock_;
  std::unique_ptr<sim::SimDisk> disk_;
  std::unique_ptr<io::Directory> directory_;
  std::unique_ptr<store::Engine> engine_;
};

/// "stream@version" of all that `query` selects; the error's name when it cannot be read.
std::vector<std::string> names_of(SimStore& store, const Query& query);

/// Reads all events that a walk has.
Result<std::vector<ModelEvent>> read_all(Cursor& cursor);

}  // namespace esker::tests
