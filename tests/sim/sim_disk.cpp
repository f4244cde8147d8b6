#include "sim/sim_disk.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "sim/sim_handles.hpp"

namespace esker::sim {
namespace {

using Inodes = std::map<std::uint64_t, std::shared_ptr<Inode>>;

std::vector<std::string> keys(const SimFolder::Names& names) {
  std::vector<std::string> result;
  for (const auto& [name, inode] : names) result.push_back(name);
  return result;
}

std::vector<std::byte> contents(const Pages& pages) {
  std::vector<std::byte> result(pages.size());
  pages.read(0, result);
  return result;
}

/// Which of the policy's choices concern operations by their number.
bool cuts(const CrashPolicy& policy) {
  return policy.data == CrashPolicy::Data::prefix || policy.data == CrashPolicy::Data::suffix;
}

}  // namespace

std::unique_ptr<io::Directory> SimDisk::open_directory(const std::string& path) {
  const base::MutexLock lock(mutex_);
  std::shared_ptr<SimFolder>& folder = folders_[path];
  if (folder == nullptr) folder = std::make_shared<SimFolder>();
  return std::make_unique<SimDirectory>(*this, epoch_, folder, path);
}

void SimDisk::crash_power(const CrashPolicy& policy) {
  const base::MutexLock lock(mutex_);
  Random random(policy.seed);
  UnitCounter units;
  const std::uint64_t cut = cuts(policy) ? sequence_of(policy.index) : 0;
  Inodes survivors;
  for (const auto& [id, inode] : named_inodes()) {
    survivors.emplace(id, inode->after_power_loss(policy, cut, random, units));
  }
  for (auto& [path, folder] : folders_) {
    SimFolder::Names names = folder->names_after_power_loss(policy, cut, random);
    for (auto& [name, inode] : names) inode = survivors.at(inode->id());
    folder = SimFolder::with_names(std::move(names));
  }
  forget_handles();
}

void SimDisk::crash_process() {
  const base::MutexLock lock(mutex_);
  forget_handles();
}

void SimDisk::forget_handles() {
  ++epoch_;
  locks_.clear();
  stop_at_ = UINT64_MAX;
}

std::unique_ptr<SimDisk> SimDisk::clone() const {
  auto copy = std::make_unique<SimDisk>();
  const base::MutexLock lock(mutex_);
  const base::MutexLock copy_lock(copy->mutex_);
  copy->traced_ = false;  // hashing all that is written would be a fifth of the time
  Inodes inodes;
  for (const auto& [id, inode] : named_inodes()) inodes.emplace(id, inode->clone());
  for (const auto& [path, folder] : folders_) copy->folders_.emplace(path, folder->clone(inodes));
  copy->random_ = random_;
  copy->next_inode_ = next_inode_;
  copy->next_sequence_ = next_sequence_;
  return copy;
}

void SimDisk::add_fault(FaultRule rule) {
  const base::MutexLock lock(mutex_);
  rules_.add(std::move(rule));
}

void SimDisk::clear_faults() {
  const base::MutexLock lock(mutex_);
  rules_.clear();
}

void SimDisk::keep_hints() {
  const base::MutexLock lock(mutex_);
  keeps_hints_ = true;
  hints_.clear();
}

std::vector<ReadHint> SimDisk::hints() const {
  const base::MutexLock lock(mutex_);
  return hints_;
}

void SimDisk::take_hint(const ReadHint& hint) {
  const base::MutexLock lock(mutex_);
  if (keeps_hints_) hints_.push_back(hint);
}

void SimDisk::stop_at_call(std::uint64_t call) {
  const base::MutexLock lock(mutex_);
  stop_at_ = call;
}

bool SimDisk::stopped() const {
  const base::MutexLock lock(mutex_);
  return calls_ >= stop_at_;
}

void SimDisk::before_call(UniqueFunction<void(const CallInfo&)> callback) {
  before_call_ = std::move(callback);
}

std::uint64_t SimDisk::calls() const {
  const base::MutexLock lock(mutex_);
  return calls_;
}

std::map<std::string, SiteCount> SimDisk::sites() const {
  const base::MutexLock lock(mutex_);
  return {sites_.begin(), sites_.end()};
}

std::uint64_t SimDisk::trace_hash() const {
  const base::MutexLock lock(mutex_);
  return trace_hash_;
}

std::uint64_t SimDisk::pending_units(CrashPolicy::Unit unit) const {
  const base::MutexLock lock(mutex_);
  std::uint64_t count = 0;
  for (const auto& [id, inode] : named_inodes()) count += inode->pending_units(unit);
  return count;
}

std::uint64_t SimDisk::pending_operations() const {
  const base::MutexLock lock(mutex_);
  return pending_sequences().size();
}

std::vector<std::string> SimDisk::names(const std::string& path) const {
  const base::MutexLock lock(mutex_);
  return keys(folders_.at(path)->cache());
}

std::vector<std::string> SimDisk::durable_names(const std::string& path) const {
  const base::MutexLock lock(mutex_);
  return keys(folders_.at(path)->durable());
}

std::vector<std::byte> SimDisk::bytes(std::string_view name, const std::string& path) const {
  const base::MutexLock lock(mutex_);
  return contents(find(name, path)->cache());
}

std::vector<std::byte> SimDisk::durable_bytes(std::string_view name,
                                              const std::string& path) const {
  const base::MutexLock lock(mutex_);
  return contents(find(name, path)->durable());
}

void SimDisk::damage(std::string_view name, std::uint64_t offset, std::span<const std::byte> bytes,
                     const std::string& path) {
  const base::MutexLock lock(mutex_);
  find(name, path)->damage(offset, bytes);
}

void SimDisk::damage_size(std::string_view name, std::uint64_t size, const std::string& path) {
  const base::MutexLock lock(mutex_);
  find(name, path)->damage_size(size);
}

std::uint64_t SimDisk::links(const Inode& inode) const {
  std::uint64_t count = 0;
  for (const auto& [path, folder] : folders_) {
    for (const auto& [name, named] : folder->cache()) count += named->id() == inode.id() ? 1 : 0;
  }
  return count;
}

void SimDisk::move_directory(const std::string& from, const std::string& to) {
  const base::MutexLock lock(mutex_);
  auto node = folders_.extract(from);
  ESKER_ASSERT_VALUES(!node.empty(), from);
  folders_[to] = std::move(node.mapped());
}

void SimDisk::account(const CallInfo& info, const FaultRule* fault, const io::CallResult& result) {
  const std::string_view site = info.site.name;
  auto counted = sites_.find(site);
  if (counted == sites_.end()) counted = sites_.emplace(site, SiteCount{}).first;
  ++counted->second.calls;
  if (fault != nullptr) ++counted->second.failures[fault->error];

  if (!traced_) return;
  const std::uint64_t parts[] = {trace_hash_,
                                 static_cast<std::uint64_t>(info.call),
                                 XXH3_64bits(info.name.data(), info.name.size()),
                                 XXH3_64bits(site.data(), site.size()),
                                 info.offset,
                                 info.bytes,
                                 XXH3_64bits(info.content.data(), info.content.size()),
                                 static_cast<std::uint64_t>(result.value),
                                 static_cast<std::uint64_t>(result.error)};
  trace_hash_ = XXH3_64bits(parts, sizeof(parts));
}

void SimDisk::release_lock(std::uint64_t inode, std::uint64_t handle, std::uint64_t epoch) {
  const base::MutexLock lock(mutex_);
  if (epoch != epoch_) return;  // the crash has freed it, and somebody else may hold it
  const auto held = locks_.find(inode);
  if (held != locks_.end() && held->second == handle) locks_.erase(held);
}

std::shared_ptr<Inode> SimDisk::find(std::string_view name, const std::string& path) const {
  auto inode = folders_.at(path)->find(name);
  ESKER_ASSERT_VALUES(inode != nullptr, path, name);
  return inode;
}

Inodes SimDisk::named_inodes() const {
  Inodes inodes;
  for (const auto& [path, folder] : folders_) folder->add_inodes(inodes);
  return inodes;
}

std::vector<std::uint64_t> SimDisk::pending_sequences() const {
  std::vector<std::uint64_t> sequences;
  for (const auto& [path, folder] : folders_) folder->add_pending_sequences(sequences);
  for (const auto& [id, inode] : named_inodes()) inode->add_pending_sequences(sequences);
  std::sort(sequences.begin(), sequences.end());
  return sequences;
}

std::uint64_t SimDisk::sequence_of(std::uint64_t index) const {
  const std::vector<std::uint64_t> sequences = pending_sequences();
  return index < sequences.size() ? sequences[index] : next_sequence_;
}

}  // namespace esker::sim
