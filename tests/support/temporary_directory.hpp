#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "base/assert.hpp"

namespace esker::support {

/// A new, empty directory under TMPDIR or /tmp, removed with all that is in it when this object goes.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const char* const root = std::getenv("TMPDIR");
    path_ = std::string(root != nullptr && *root != '\0' ? root : "/tmp") + "/esker-test-XXXXXX";
    ESKER_ASSERT_VALUES(::mkdtemp(path_.data()) != nullptr, path_);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  /// The path of `name` in it; nothing is made.
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }

 private:
  std::string path_;
};

}  // namespace esker::support
