#pragma once

#include <memory>

#include "fuzz/input.hpp"
#include "sim/sim_disk.hpp"
#include "support/model_store.hpp"

namespace esker::fuzz {

/// A small store with sealed segments and their runs that was closed in order, and what is in it. Made once.
struct GoodStore {
  std::unique_ptr<sim::SimDisk> disk;
  tests::ModelStore model;
};
const GoodStore& good_store();

/// A copy of it with damage as the input says: bytes changed, files cut, grown, swapped, with right checksums or without. `only` is the
/// file that is damaged; empty: any.
std::unique_ptr<sim::SimDisk> damaged_store(Input& input, std::string_view only = {});

}  // namespace esker::fuzz
