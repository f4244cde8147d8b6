#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "io/directory.hpp"

namespace esker::log {

/// Keeps copies of what a repair is about to take out of the store. A copy is durable when the call that makes it returns.
class SetAside {
 public:
  using Make = UniqueFunction<Result<std::unique_ptr<io::Directory>>()>;

  /// `make` is called at most once, before the first copy. Both arguments outlive this.
  SetAside(io::Directory& directory, Make& make) : directory_(directory), make_(make) {}

  /// Copies a whole file under its own name. Errors: `no_space`, `io_error`, `corrupt` (not a regular file).
  Result<void> copy_file(std::string_view name);

  /// Copies what a file holds from `begin` to its last byte that is not zero, under a name that tells where it was:
  /// "NAME.from-OFFSET". Nothing is copied when there is nothing. A compressed segment's file is copied whole. Errors: as `copy_file`.
  Result<void> copy_tail(std::string_view name, FileOffset begin);

 private:
  Result<void> copy(io::File& from, FileOffset begin, FileOffset end, const std::string& to,
                    std::uint64_t length);

  io::Directory& directory_;
  Make& make_;
  std::unique_ptr<io::Directory> target_;
};

}  // namespace esker::log
