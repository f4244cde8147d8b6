#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "samples.hpp"

namespace esker::bench {

/// Drops what the page cache has of the files in `directory`, as far as they are not mapped by anybody. Needs no privilege.
/// Returns the share (0..1) of their pages that stayed in memory; nearly 1 where the files live in memory, as on tmpfs.
double drop_page_cache(const std::string& directory);

/// What this process has made the kernel read from disks, with all that the kernel read ahead for it. 0 when the kernel does not tell.
std::uint64_t bytes_from_disk();

/// Removes the index's files of a closed store.
void remove_runs(const std::string& directory);

/// Reads single pages of a store's log at random, past the store: what the disk takes for one.
class PageReads {
 public:
  /// Of the segments in `directory` as they are now.
  explicit PageReads(const std::string& directory);
  PageReads(const PageReads&) = delete;
  PageReads& operator=(const PageReads&) = delete;
  ~PageReads();

  /// Reads `count` pages, one after the other. `seed` tells rounds apart. Pages in the page cache are read from there: drop it first.
  void read(std::uint64_t count, std::uint64_t seed, Samples& samples) const;

 private:
  struct Segment {
    int descriptor = -1;
    std::uint64_t pages = 0;
  };
  std::vector<Segment> segments_;
  std::uint64_t pages_ = 0;
};

}  // namespace esker::bench
