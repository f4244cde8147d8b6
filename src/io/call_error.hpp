#pragma once

#include <string>
#include <string_view>

#include "esker/error.hpp"
#include "io/site.hpp"

namespace esker::io {

/// What the system says about an errno: "Input/output error". Threads: any.
std::string errno_text(int error);

/// What a caller can do about an errno: `not_found` for ENOENT; `no_space` for ENOSPC, EDQUOT, EFBIG, EMFILE and ENFILE, where something
/// has run out that may come back; `io_error` for every other.
Errc errc_of(int error);

/// The error of a failed call in one line: "cannot sync /data/1.segment (log.group_sync): Input/output error".
///
/// `what`   what was tried and on what: "sync /data/1.segment".
/// `reason` why not, without a full stop.
Error call_error(Errc code, std::string_view what, const Site& site, std::string_view reason);

/// The same with the code and reason of an errno; running out of descriptors comes with what to do about it.
Error call_error(std::string_view what, const Site& site, int error);

}  // namespace esker::io
