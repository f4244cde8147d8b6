#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "crash/history.hpp"
#include "crash/verdict.hpp"
#include "esker/query.hpp"
#include "store/engine.hpp"

namespace esker::crash {

/// A subscriber that remembers what it was given and how far it has got, and resumes there when the store is opened again (I9).
class Subscriber {
 public:
  explicit Subscriber(Filter filter) : filter_(std::move(filter)) {}

  /// Subscribes behind what it has got, or has looked at.
  void subscribe(store::Engine& engine, Verdict& verdict);
  void unsubscribe() { walk_.reset(); }

  /// Takes up to `count` events; `history` has seen them. Says by false that there was none to take.
  bool poll(std::uint64_t count, History& history, Verdict& verdict);

  /// Whether what it was given is exactly what matches in `model` up to where it has looked.
  void check(const tests::ModelStore& model, Verdict& verdict) const;
  /// The same when it has taken all that there was: then it must have come to the model's end.
  void check_complete(const tests::ModelStore& model, Verdict& verdict) const;

  /// How often it had taken all there was, and then was given more.
  [[nodiscard]] std::uint64_t caught_up_and_live() const { return live_; }

  /// A copy for another future of the same store, not subscribed.
  [[nodiscard]] Subscriber fork() const;

 private:
  void check_to(Position end, const tests::ModelStore& model, Verdict& verdict) const;

  Filter filter_;
  std::unique_ptr<store::SubscriptionWalk> walk_;
  std::vector<Position> given_;
  Version last_version_;  // of a single stream, which is resumed by version
  Position looked_at_;
  bool caught_up_ = false;
  std::uint64_t live_ = 0;
};

}  // namespace esker::crash
