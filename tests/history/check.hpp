#pragma once

#include <optional>
#include <string>

#include "history/record.hpp"

namespace esker::history {

/// What a history shows of promises that were not kept; nothing: it can have come from a store that keeps them.
///
/// The log's positions give the order, so that checking is a replay of it, in O(n log n):
///   (a) each answer is the one that a store gives which takes the commits in that order;
///   (b) of two appends of which one was answered before the other was begun, it comes first;
///   (c) a read shows all that had been acknowledged before it began, and nothing that was begun after it ended;
///   (d) a conflict names a version that the stream can have had during the call;
///   (e) what was not answered is wholly there, or not at all; what was refused is not there; nothing is there that nobody appended;
///   (f) a subscriber was given what matches, in order, once, up to its checkpoint (I9).
std::optional<std::string> check(const History& history);

}  // namespace esker::history
