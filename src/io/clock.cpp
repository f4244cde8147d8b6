#include "io/clock.hpp"

namespace esker::io {
namespace {

class SystemClock final : public Clock {
 public:
  Timestamp now() override {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970);
    // A clock that was never set may stand before 1970, which a timestamp cannot say.
    return Timestamp(nanoseconds.count() < 0 ? 0 : static_cast<std::uint64_t>(nanoseconds.count()));
  }

  std::chrono::nanoseconds monotonic() override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace esker::io
