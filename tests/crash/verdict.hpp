#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace esker::crash {

/// A promise that was not kept.
struct Violation {
  std::string invariant;  ///< Its number, such as "I1" (tests/README.md).
  std::string what;
};

/// Whether a run has found a violation; the first one counts, since what comes after it may only follow from it.
class Verdict {
 public:
  void violated(std::string_view invariant, std::string what) {
    if (!violation_) violation_ = Violation{std::string(invariant), std::move(what)};
  }
  void violated(Violation violation) {
    if (!violation_) violation_ = std::move(violation);
  }
  [[nodiscard]] bool clean() const { return !violation_; }
  /// Only when there is one.
  [[nodiscard]] const Violation& violation() const { return *violation_; }

 private:
  std::optional<Violation> violation_;
};

}  // namespace esker::crash
