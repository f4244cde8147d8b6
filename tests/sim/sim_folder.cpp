#include "sim/sim_folder.hpp"

#include <utility>

namespace esker::sim {

std::shared_ptr<Inode> SimFolder::find(std::string_view name) const {
  const auto found = cache_.find(name);
  return found == cache_.end() ? nullptr : found->second;
}

void SimFolder::add(std::uint64_t sequence, const std::string& name, std::shared_ptr<Inode> inode) {
  change({.sequence = sequence, .removed = {}, .added = name, .inode = std::move(inode)});
}

void SimFolder::remove(std::uint64_t sequence, const std::string& name) {
  change({.sequence = sequence, .removed = name, .added = {}, .inode = nullptr});
}

void SimFolder::rename(std::uint64_t sequence, const std::string& from, const std::string& to) {
  change({.sequence = sequence, .removed = from, .added = to, .inode = find(from)});
}

void SimFolder::sync() {
  // Not the whole cache: what an earlier sync has lost stays lost.
  for (const Change& pending : pending_) apply(pending, durable_);
  pending_.clear();
}

void SimFolder::fail_sync(Random& random) {
  const std::uint64_t reached = random.below(pending_.size() + 1);
  for (std::uint64_t index = 0; index < reached; ++index) apply(pending_[index], durable_);
  pending_.clear();
}

SimFolder::Names SimFolder::names_after_power_loss(const CrashPolicy& policy, std::uint64_t cut,
                                                   Random& random) const {
  using Data = CrashPolicy::Data;
  using Kept = CrashPolicy::Names;
  Names names = durable_;
  const std::uint64_t reached = random.below(pending_.size() + 1);
  for (std::uint64_t index = 0; index < pending_.size(); ++index) {
    const Change& pending = pending_[index];
    bool kept = false;
    if (policy.data == Data::prefix) {
      kept = pending.sequence < cut;
    } else if (policy.data == Data::suffix) {
      kept = pending.sequence >= cut;
    } else {
      switch (policy.names) {
        case Kept::none:
          break;
        case Kept::all:
          kept = true;
          break;
        case Kept::prefix:
          kept = index < reached;
          break;
        case Kept::subset:
          kept = random.chance(policy.keep_of_8);
          break;
      }
    }
    if (kept) apply(pending, names);
  }
  return names;
}

std::shared_ptr<SimFolder> SimFolder::with_names(Names names) {
  auto folder = std::make_shared<SimFolder>();
  folder->cache_ = names;
  folder->durable_ = std::move(names);
  return folder;
}

std::shared_ptr<SimFolder> SimFolder::clone(
    const std::map<std::uint64_t, std::shared_ptr<Inode>>& inodes) const {
  auto copy = std::make_shared<SimFolder>(*this);
  for (auto& [name, inode] : copy->cache_) inode = inodes.at(inode->id());
  for (auto& [name, inode] : copy->durable_) inode = inodes.at(inode->id());
  for (Change& pending : copy->pending_) {
    if (pending.inode != nullptr) pending.inode = inodes.at(pending.inode->id());
  }
  return copy;
}

void SimFolder::add_inodes(std::map<std::uint64_t, std::shared_ptr<Inode>>& into) const {
  for (const auto& [name, inode] : cache_) into.emplace(inode->id(), inode);
  for (const auto& [name, inode] : durable_) into.emplace(inode->id(), inode);
  for (const Change& pending : pending_) {
    if (pending.inode != nullptr) into.emplace(pending.inode->id(), pending.inode);
  }
}

void SimFolder::add_pending_sequences(std::vector<std::uint64_t>& into) const {
  for (const Change& pending : pending_) into.push_back(pending.sequence);
}

void SimFolder::apply(const Change& change, Names& names) {
  const auto removed = names.find(change.removed);
  if (removed != names.end() && (change.inode == nullptr || removed->second == change.inode)) {
    names.erase(removed);
  }
  if (!change.added.empty()) names[change.added] = change.inode;
}

void SimFolder::change(Change change) {
  apply(change, cache_);
  pending_.push_back(std::move(change));
}

}  // namespace esker::sim
