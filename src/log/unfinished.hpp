#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "esker/result.hpp"
#include "io/directory.hpp"

namespace esker::log {

/// A file of this name says that the directory is being made a copy of a store and is not one yet. It is durable before anything else is
/// in the directory, and removed when all is durable (format-spec.md, "Copies").
inline constexpr std::string_view kUnfinishedName = "UNFINISHED";

/// Marks a directory as unfinished, durably. `text` is for people. Errors: `no_space`, `io_error`.
Result<void> begin_unfinished(io::Directory& directory, std::string_view text);

/// Makes all names durable, then removes the mark, durably. Errors: `no_space`, `io_error`; then it may still be there.
Result<void> end_unfinished(io::Directory& directory);

/// Removes everything that a store may have from a directory that has the mark, but the lock file and the mark. Errors: `io_error`.
Result<void> clear_unfinished(io::Directory& directory);

/// `names` are those in the directory `path`. Errors: `corrupt` when the mark is among them, with what to do.
Result<void> check_finished(const std::vector<std::string>& names, const std::string& path);

}  // namespace esker::log
