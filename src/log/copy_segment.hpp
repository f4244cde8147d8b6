#pragma once

#include <cstdint>
#include <string_view>

#include "esker/function.hpp"
#include "esker/result.hpp"
#include "io/directory.hpp"
#include "log/inventory.hpp"

namespace esker::log {

/// Is told of bytes that have been read, often.
using OnBytes = UniqueFunction<void(std::uint64_t)>;

/// Reads a sealed segment's file and checks every byte of it. `segment` is as it was found.
/// Errors: `corrupt`, naming file and offset; `io_error`.
Result<void> check_sealed(io::File& file, const SegmentFile& segment, OnBytes& on_bytes);

/// Makes a file `name` in `target` with the first `bytes` bytes of `from`, synced. A part of them may be shared with `from`.
/// `segment`  set: it is this sealed one, and checked while it is copied.
/// Errors     `corrupt`, naming file and offset; those of `Directory::open`, `no_space`, `io_error`.
Result<void> copy_file(io::File& from, std::uint64_t bytes, const SegmentFile* segment,
                       io::Directory& target, std::string_view name, OnBytes& on_bytes);

/// What became of a link or of shared blocks: true when it was done, false when the file system cannot. Errors: any but `not_supported`.
Result<bool> if_supported(Result<void> done);

/// Makes a file `name` in `target` that shares all blocks of `from`, synced. Errors: `not_supported` when the file system cannot: then
/// nothing is left of it; those of `Directory::open`, `no_space`, `io_error`.
Result<void> share_file(io::File& from, io::Directory& target, std::string_view name);

/// Makes a new segment file `name` in `target` of the records of the first `records` positions of another one, synced.
///
/// `header`  the new segment's. The records' checksums are made anew for its salt.
/// `seal`    with offset table and footer, which must have room; otherwise zeros follow the records.
/// Errors    `corrupt`, naming file and offset, when the records are not there; those of `Directory::open`, `no_space`, `io_error`.
enum class CopySeal : std::uint8_t { yes, no };
Result<void> copy_records(io::File& from, const SegmentFile& segment, std::uint64_t records,
                          const format::SegmentHeader& header, CopySeal seal, io::Directory& target,
                          std::string_view name, OnBytes& on_bytes);

}  // namespace esker::log
