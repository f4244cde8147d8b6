#pragma once

#include "history/record.hpp"

namespace esker::history {

/// Whether there is an order of the appends and reads of a history, each within its time, in which a sequential store gives the answers
/// that were given: the search of Wing and Gong (1993), for a second opinion on `check`. It knows nothing of positions and looks at no log
/// and no subscriber.
///
/// Takes exponential time: for histories of at most some 30 operations of which few overlap.
bool linearizable(const History& history);

}  // namespace esker::history
