#pragma once

#include <unistd.h>

#include <utility>

namespace esker::io {

/// A file descriptor until somebody else owns it: closed when this object goes, unless it has been released.
class Descriptor {
 public:
  /// `number`: an open descriptor, or less than 0 for none.
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int number() const { return number_; }
  /// From now on it is the caller's to close.
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

}  // namespace esker::io
