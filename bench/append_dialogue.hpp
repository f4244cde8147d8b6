#pragma once

#include <cstdint>
#include <memory>

#include "load_generator.hpp"

namespace esker::bench {

/// Connection `number` to a store's server: appends of one event, to a stream of its own.
std::unique_ptr<Dialogue> make_append(std::uint64_t number);

/// The same bytes to an echo server, which sends them back.
std::unique_ptr<Dialogue> make_echoed_append(std::uint64_t number);

}  // namespace esker::bench
