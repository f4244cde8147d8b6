#pragma once

#include "esker/result.hpp"
#include "io/directory.hpp"
#include "log/store_copy.hpp"

namespace esker::proof {

/// Gives a copy of a store in `target` what the tree files of `source` have of the copy's events: `log::CopyCallbacks::other_files`. What a
/// file says of later ones stays behind, so that the copy can give their positions to others.
///
/// `source`  may have a longer file put in the place of one meanwhile. Called after the segments have been taken: so the hash of an event
///           that is gone from them is among these.
/// `report`  tells of the copy, as far as `last`; the files' bytes are added to it.
/// Errors    `corrupt` (a file of the source is damaged, and is named: a copy without it might not be able to prove what the source could),
///           `no_space`, `io_error`.
Result<void> copy_tree_files(io::Directory& source, io::Directory& target,
                             const log::CopyOptions& options, log::CopyReport& report);

}  // namespace esker::proof
