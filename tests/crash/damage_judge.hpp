#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "esker/function.hpp"
#include "log/verify.hpp"
#include "support/sim_store.hpp"

namespace esker::crash {

/// A store that was closed in order, or whose process died, and what is in it.
struct Stored {
  std::unique_ptr<sim::SimDisk> disk;
  std::unique_ptr<sim::SimDisk> earlier;      ///< The same when it had half of it.
  std::unique_ptr<sim::SimDisk> before_last;  ///< The same without the last commit.
  tests::ModelStore model;
  Position witnessed;    ///< A later record or the watermark proves all up to here.
  Position watermarked;  ///< The watermark does.
};

/// Makes a store of so many commits of two events each. Errors: what the engine answers, which is a failure of the test.
Result<Stored> make_store(std::uint64_t commits, std::size_t data_bytes, bool closed);

/// Says what is wrong with what becomes of a damaged store: when it is opened, when it is verified, and when it is repaired and opened.
class Judge {
 public:
  using Damage = UniqueFunction<void(sim::SimDisk&)>;

  /// `kept`: nothing up to here may be lost without a word. Behind it, what the device has lost looks like a torn tail (README.md,
  /// "What no promise covers").
  /// `repair_every`: of so many damages one is verified and repaired, too.
  Judge(const Stored& stored, Position kept, std::uint64_t repair_every);

  /// Does `damage` to a copy of the store, in which `file` is what is damaged. Returns what is wrong; empty: nothing.
  std::string operator()(const std::string& file, Damage damage);

  /// Damages that were told of, by an error.
  [[nodiscard]] std::uint64_t reported() const { return reported_; }
  /// Damages after which events were gone for good, and repair said so.
  [[nodiscard]] std::uint64_t cut() const { return cut_; }

 private:
  /// Opening and reading all of it.
  struct Opened {
    std::string wrong;      ///< What must not be; empty: nothing.
    bool refused = false;   ///< Opening said that the store is damaged.
    bool reported = false;  ///< Opening or reading said so.
    std::uint64_t events = 0;
  };
  Opened open(const sim::SimDisk& disk, const std::string& file, Position kept) const;
  void read(tests::SimStore& store, const Query& query, Position kept, Opened& opened) const;
  void refused(const std::string& file, const Error& error, Opened& opened) const;
  std::string repair(const sim::SimDisk& damaged, const std::string& file, const Opened& before);

  const Stored& stored_;
  const Position kept_;
  const std::uint64_t repair_every_;
  std::uint64_t damages_ = 0;
  std::uint64_t reported_ = 0;
  std::uint64_t cut_ = 0;
};

}  // namespace esker::crash
