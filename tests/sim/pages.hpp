#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace esker::sim {

inline constexpr std::uint64_t kSectorBytes = 512;
inline constexpr std::uint64_t kPageBytes = 4096;
inline constexpr std::uint64_t kSectorsPerPage = kPageBytes / kSectorBytes;

/// A file's bytes in pages that are shared between copies until one of them is written to, so that copying a file of 64 KiB
/// costs sixteen pointers. Pages of zeros take no memory.
class Pages {
 public:
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Bytes that come to it are zero, also where there were others before.
  void resize(std::uint64_t size);

  /// The range must lie within the size.
  void read(std::uint64_t offset, std::span<std::byte> into) const;
  void write(std::uint64_t offset, std::span<const std::byte> bytes);
  void write_zeros(std::uint64_t offset, std::uint64_t bytes);

  /// Takes over a page, or a 512-byte sector, of another file of at least this size.
  void share_page(std::uint64_t page, const Pages& from) { pages_[page] = from.pages_[page]; }
  void copy_sector(std::uint64_t sector, const Pages& from);

 private:
  using Page = std::array<std::byte, kPageBytes>;

  /// The page for writing: its own, and there.
  Page& own(std::uint64_t page);

  std::uint64_t size_ = 0;
  std::vector<std::shared_ptr<Page>> pages_;  // null: zeros
};

}  // namespace esker::sim
