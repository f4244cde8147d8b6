#pragma once

#include <string_view>

#include "esker/result.hpp"
#include "io/directory.hpp"

namespace esker::log {

/// Makes sure that nobody else has a segment's file before it is written to in place: branches and backups share sealed segments by hard
/// links, and what a recovery or a repair changes here must not change there.
///
/// A file with one name is left as it is. In the place of one with several a copy is published: temporary name, sync, rename, directory
/// sync. A file that was open before is then the others', and must be opened again. So is a plain one in the place of a compressed one, to
/// which nobody can write; blocks of it that are damaged become zeros.
/// Returns   whether there is a new file.
/// Errors    those of `Directory::open`; `no_space`, `io_error`. The name then leads to the old file or to the whole copy.
Result<bool> own_file(io::Directory& directory, std::string_view name);

}  // namespace esker::log
