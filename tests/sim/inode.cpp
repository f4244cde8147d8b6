#include "sim/inode.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/byte_order.hpp"

namespace esker::sim {
namespace {

/// Calls `visit(sector, begin, end)` for each sector that [offset, offset + bytes) touches, with the part of the range in it.
template <class Visit>
void for_each_sector(std::uint64_t offset, std::uint64_t bytes, Visit visit) {
  const std::uint64_t end = offset + bytes;
  for (std::uint64_t begin = offset; begin < end;) {
    const std::uint64_t sector = begin / kSectorBytes;
    const std::uint64_t sector_end = std::min(end, (sector + 1) * kSectorBytes);
    visit(sector, begin, sector_end);
    begin = sector_end;
  }
}

std::uint64_t unit_of(std::uint64_t sector, CrashPolicy::Unit unit) {
  return unit == CrashPolicy::Unit::sector ? sector : sector / kSectorsPerPage;
}

/// Reads what there is; behind the end `into` stays as it is.
void read_up_to_end(const Pages& pages, std::uint64_t offset, std::span<std::byte> into) {
  if (offset >= pages.size()) return;
  pages.read(offset, into.first(std::min<std::uint64_t>(into.size(), pages.size() - offset)));
}

}  // namespace

// calloc: a large view costs only what is touched of it.
MappedView::MappedView(std::size_t size)
    : bytes_(static_cast<std::byte*>(std::calloc(size, 1))), size_(size) {
  if (bytes_ == nullptr) throw std::bad_alloc();
}

void MappedView::Free::operator()(std::byte* bytes) const { std::free(bytes); }

void Inode::write(std::uint64_t sequence, std::uint64_t offset, std::span<const std::byte> bytes) {
  const std::uint64_t end = offset + bytes.size();
  if (end > cache_.size()) cache_.resize(end);
  PendingWrite write{.sequence = sequence,
                     .offset = offset,
                     .bytes = bytes.size(),
                     .content = nullptr,
                     .size_after = cache_.size()};
  if (base::is_zero(bytes)) {
    cache_.write_zeros(offset, bytes.size());
  } else {
    cache_.write(offset, bytes);
    write.content = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
  }
  pending_.push_back(std::move(write));
  show_in_views(offset, bytes.size());
}

void Inode::resize(std::uint64_t sequence, std::uint64_t size) {
  const std::uint64_t before = cache_.size();
  if (size == before) return;
  cache_.resize(size);
  const std::uint64_t begin = std::min(size, before);
  // What is cut off reads as zero if the file grows again, on the disk too once this has reached it.
  pending_.push_back({.sequence = sequence,
                      .offset = begin,
                      .bytes = before > size ? before - size : 0,
                      .content = nullptr,
                      .size_after = size});
  show_in_views(begin, std::max(size, before) - begin);
}

int Inode::sync() {
  if (!pending_.empty()) durable_.resize(cache_.size());
  for (const PendingWrite& write : pending_) {
    const std::uint64_t end = std::min(write.offset + write.bytes, cache_.size());
    if (write.offset >= end) continue;
    if (lost_.empty()) {
      for (std::uint64_t page = write.offset / kPageBytes; page <= (end - 1) / kPageBytes; ++page) {
        durable_.share_page(page, cache_);
      }
      continue;
    }
    // Only the sectors that were written since, as on a file system with small blocks: a neighbour that an earlier
    // sync has lost stays lost.
    for_each_sector(write.offset, end - write.offset, [&](std::uint64_t sector, auto, auto) {
      durable_.copy_sector(sector, cache_);
      const std::uint64_t page = sector / kSectorsPerPage;
      if (page < lost_.size()) {
        lost_[page] = static_cast<std::uint8_t>(lost_[page] & ~(1U << (sector % kSectorsPerPage)));
      }
    });
  }
  pending_.clear();
  return std::exchange(late_error_, 0);
}

int Inode::fail_sync(SyncFailure failure, int error, Random& random) {
  CrashPolicy some = CrashPolicy::random(random.next());
  Random own(some.seed);
  UnitCounter units;
  const std::vector<std::uint32_t> limits = choose_versions(some, own, units);
  const Pages reached = surviving([&](const PendingWrite&, std::uint64_t sector,
                                      std::uint32_t ordinal) { return ordinal < limits[sector]; },
                                  choose_size(some, 0, own));
  const std::vector<std::uint32_t> versions = versions_per_sector();
  lost_.resize((versions.size() + kSectorsPerPage - 1) / kSectorsPerPage + 1);
  for (std::uint64_t sector = 0; sector < versions.size(); ++sector) {
    if (versions[sector] == 0) continue;
    const std::uint64_t page = sector / kSectorsPerPage;
    lost_[page] = static_cast<std::uint8_t>(lost_[page] | 1U << (sector % kSectorsPerPage));
  }
  durable_ = reached;
  pending_.clear();
  if (failure == SyncFailure::cache_reverted) {
    const std::uint64_t shown = std::max(cache_.size(), durable_.size());
    cache_ = durable_;
    lost_.clear();
    show_in_views(0, shown);
  }
  if (failure != SyncFailure::reported_late) return error;
  late_error_ = error;
  return 0;
}

std::shared_ptr<MappedView> Inode::map(std::size_t size) {
  std::erase_if(views_, [](const auto& view) { return view.expired(); });
  for (const auto& weak : views_) {
    auto view = weak.lock();
    if (view != nullptr && view->bytes().size() >= size) return view;
  }
  auto view = std::make_shared<MappedView>(size);
  cache_.read(0, view->bytes().first(std::min<std::uint64_t>(size, cache_.size())));
  views_.push_back(view);
  return view;
}

std::shared_ptr<Inode> Inode::after_power_loss(const CrashPolicy& policy, std::uint64_t cut,
                                               Random& random, UnitCounter& units) const {
  auto after = std::make_shared<Inode>(id_);
  using Data = CrashPolicy::Data;
  if (pending_.empty() || policy.data == Data::none) {
    after->durable_ = durable_;
  } else {
    const std::uint64_t size = choose_size(policy, cut, random);
    const std::vector<std::uint32_t> limits = choose_versions(policy, random, units);
    after->durable_ = surviving(
        [&](const PendingWrite& write, std::uint64_t sector, std::uint32_t ordinal) {
          if (policy.data == Data::prefix) return write.sequence < cut;
          if (policy.data == Data::suffix) return write.sequence >= cut;
          return ordinal < limits[sector];
        },
        size);
    if (policy.data == Data::torn) tear(after->durable_, random);
  }
  after->cache_ = after->durable_;
  return after;
}

std::shared_ptr<Inode> Inode::clone() const {
  auto copy = std::make_shared<Inode>(*this);
  copy->views_.clear();  // the mappings are of this one
  return copy;
}

void Inode::damage(std::uint64_t offset, std::span<const std::byte> bytes) {
  const std::uint64_t end = offset + bytes.size();
  for (Pages* const pages : {&durable_, &cache_}) {
    if (pages->size() < end) pages->resize(end);
    pages->write(offset, bytes);
  }
  show_in_views(offset, bytes.size());
}

void Inode::damage_size(std::uint64_t size) {
  const std::uint64_t shown = std::max(size, cache_.size());
  durable_.resize(size);
  cache_.resize(size);
  show_in_views(0, shown);
}

std::uint64_t Inode::pending_units(CrashPolicy::Unit unit) const {
  const std::vector<std::uint32_t> versions = versions_per_sector();
  std::uint64_t count = 0;
  std::uint64_t last = UINT64_MAX;
  for (std::uint64_t sector = 0; sector < versions.size(); ++sector) {
    if (versions[sector] == 0 || unit_of(sector, unit) == last) continue;
    last = unit_of(sector, unit);
    ++count;
  }
  return count;
}

void Inode::add_pending_sequences(std::vector<std::uint64_t>& into) const {
  for (const PendingWrite& write : pending_) into.push_back(write.sequence);
}

std::vector<std::uint32_t> Inode::versions_per_sector() const {
  std::vector<std::uint32_t> versions;
  for (const PendingWrite& write : pending_) {
    const std::uint64_t end = write.offset + write.bytes;
    const std::uint64_t sectors = (end + kSectorBytes - 1) / kSectorBytes;
    if (versions.size() < sectors) versions.resize(sectors);
    for_each_sector(write.offset, write.bytes,
                    [&](std::uint64_t sector, auto, auto) { ++versions[sector]; });
  }
  return versions;
}

/// How many of the writes to each sector have reached the disk, in their order.
std::vector<std::uint32_t> Inode::choose_versions(const CrashPolicy& policy, Random& random,
                                                  UnitCounter& units) const {
  std::vector<std::uint32_t> versions = versions_per_sector();
  std::uint64_t last = UINT64_MAX;
  bool kept = false;
  bool newest = false;
  for (std::uint64_t sector = 0; sector < versions.size(); ++sector) {
    std::uint32_t& limit = versions[sector];
    if (limit == 0) continue;
    if (unit_of(sector, policy.unit) != last) {
      last = unit_of(sector, policy.unit);
      const std::uint64_t number = units.next++;
      switch (policy.data) {
        case CrashPolicy::Data::random:
        case CrashPolicy::Data::torn:
          kept = random.chance(policy.keep_of_8);
          newest = random.chance(6);
          break;
        case CrashPolicy::Data::drop_one:
          kept = number != policy.index;
          break;
        case CrashPolicy::Data::keep_one:
          kept = number == policy.index;
          break;
        default:
          kept = policy.data == CrashPolicy::Data::all;
          break;
      }
      if (policy.data != CrashPolicy::Data::random && policy.data != CrashPolicy::Data::torn) {
        newest = true;
      }
    }
    if (!kept) {
      limit = 0;
    } else if (!newest) {
      limit = 1 + static_cast<std::uint32_t>(random.below(limit));
    }
  }
  return versions;
}

std::uint64_t Inode::choose_size(const CrashPolicy& policy, std::uint64_t cut,
                                 Random& random) const {
  std::uint64_t size = durable_.size();
  switch (policy.data) {
    case CrashPolicy::Data::none:
      return size;
    case CrashPolicy::Data::random:
    case CrashPolicy::Data::torn: {
      const std::uint64_t reached = random.below(pending_.size() + 1);
      return reached == 0 ? size : pending_[reached - 1].size_after;
    }
    case CrashPolicy::Data::prefix:
      for (const PendingWrite& write : pending_) {
        if (write.sequence < cut) size = write.size_after;
      }
      return size;
    case CrashPolicy::Data::suffix:
      return pending_.empty() || pending_.back().sequence < cut ? size : cache_.size();
    default:
      return cache_.size();
  }
}

Pages Inode::surviving(const Keep& keep, std::uint64_t size) const {
  Pages result = durable_;
  std::uint64_t longest = std::max(size, durable_.size());
  for (const PendingWrite& write : pending_) {
    longest = std::max(longest, write.offset + write.bytes);
  }
  result.resize(longest);
  std::vector<std::uint32_t> seen((longest + kSectorBytes - 1) / kSectorBytes);
  for (const PendingWrite& write : pending_) {
    for_each_sector(write.offset, write.bytes,
                    [&](std::uint64_t sector, std::uint64_t begin, std::uint64_t end) {
                      if (!keep(write, sector, seen[sector]++)) return;
                      if (write.content == nullptr) {
                        result.write_zeros(begin, end - begin);
                      } else {
                        result.write(
                            begin,
                            std::span(*write.content).subspan(begin - write.offset, end - begin));
                      }
                    });
  }
  result.resize(size);
  return result;
}

/// Makes of a quarter of what was written, by sectors, something that nobody wrote: the beginning of the newest bytes and the end of the
/// old ones, or garbage. Bytes that a write leaves as they were stay so: no store survives a device that ruins them, since the end of a
/// group shares its sector with the next one, and recovery writes again what may be durable (R3).
void Inode::tear(Pages& survived, Random& random) const {
  for (const PendingWrite& write : pending_) {
    const std::uint64_t end = std::min(write.offset + write.bytes, survived.size());
    if (write.offset >= end) continue;
    for_each_sector(write.offset, end - write.offset, [&](auto, std::uint64_t first, auto last) {
      if (!random.chance(2)) return;
      const std::uint64_t bytes = last - first;
      std::array<std::byte, kSectorBytes> before{};
      std::array<std::byte, kSectorBytes> after{};
      read_up_to_end(durable_, first, std::span(before).first(bytes));
      read_up_to_end(cache_, first, std::span(after).first(bytes));
      const bool garbage = random.chance(4);
      const std::uint64_t cut = random.below(bytes + 1);
      for (std::uint64_t i = garbage ? 0 : cut; i < bytes; ++i) {
        if (after[i] != before[i]) after[i] = garbage ? std::byte(random.below(256)) : before[i];
      }
      survived.write(first, std::span(after).first(bytes));
    });
  }
}

void Inode::show_in_views(std::uint64_t offset, std::uint64_t bytes) {
  for (const auto& weak : views_) {
    const auto view = weak.lock();
    if (view == nullptr) continue;
    const std::span<std::byte> shown = view->bytes();
    const std::uint64_t end = std::min<std::uint64_t>(offset + bytes, shown.size());
    if (offset >= end) continue;
    const std::uint64_t file_end = std::clamp(cache_.size(), offset, end);
    if (file_end > offset) cache_.read(offset, shown.subspan(offset, file_end - offset));
    // Past the end a real mapping faults; the zeros fail every check.
    std::fill(shown.begin() + static_cast<std::ptrdiff_t>(file_end),
              shown.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
  }
}

}  // namespace esker::sim
