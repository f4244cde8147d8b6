#include "server/native/feeds.hpp"

#include <algorithm>
#include <string>

#include "server/native/session.hpp"

namespace esker::server {

using std::chrono::steady_clock;

Result<bool> Feeds::admit(std::uint64_t request) {
  if (entries_.contains(request)) {
    return Error(Errc::protocol, "request number " + std::to_string(request) +
                                     " is in use by a read or subscription");
  }
  const std::size_t most = shared_.options.connection_subscriptions_max;
  if (entries_.size() >= most) {
    session_.send_error(request, {Errc::busy, "a connection may have " + std::to_string(most) +
                                                  " reads and subscriptions at once"});
    return false;
  }
  const std::uint64_t open = shared_.subscriptions.fetch_add(1, std::memory_order_relaxed);
  if (open < shared_.options.subscriptions_max) return true;
  shared_.subscriptions.fetch_sub(1, std::memory_order_relaxed);
  session_.send_error(request,
                      {Errc::busy, "the server has as many reads and subscriptions as it may (" +
                                       std::to_string(open) + "): try again later"});
  return false;
}

template <class Walk>
void Feeds::begin(std::uint64_t request, std::uint32_t window_bytes, const Query& query,
                  Result<Walk> walk) {
  if (!walk) {
    shared_.subscriptions.fetch_sub(1, std::memory_order_relaxed);
    session_.send_error(request, walk.assume_error());
    return;
  }
  auto entry = std::make_unique<Entry>(
      Entry{Feed(request, std::move(walk).assume_value(), query, window_bytes),
            next_mark_++,
            false,
            false,
            false,
            {},
            {}});
  make_ready(*entry);
  entries_.emplace(request, std::move(entry));
}

Result<void> Feeds::read(std::uint64_t request, std::uint32_t window_bytes, const Query& query) {
  ESKER_TRY(const bool admitted, admit(request));
  if (admitted) begin(request, window_bytes, query, shared_.store.read(query));
  return ok();
}

Result<void> Feeds::subscribe(std::uint64_t request, std::uint32_t window_bytes,
                              const Query& query) {
  ESKER_TRY(const bool admitted, admit(request));
  if (admitted) begin(request, window_bytes, query, shared_.store.subscribe(query));
  return ok();
}

void Feeds::add_credit(std::uint64_t request, std::uint32_t bytes) {
  const auto found = entries_.find(request);
  if (found == entries_.end()) return;
  Entry& entry = *found->second;
  entry.feed.add_credit(bytes);
  if (!entry.waiting) make_ready(entry);
}

void Feeds::cancel(std::uint64_t request) {
  const auto found = entries_.find(request);
  if (found == entries_.end()) return;
  session_.send(request,
                format::End{format::EndReason::cancelled, found->second->feed.looked_at(), {}});
  erase(*found->second);
}

void Feeds::make_ready(Entry& entry) {
  if (!entry.ready) {
    entry.ready = true;
    ready_.push_back(&entry);
  }
  session_.schedule_turn();
}

void Feeds::fill(Outbox& outbox) {
  while (!ready_.empty() && outbox.bytes() < shared_.options.events_frame_bytes &&
         outbox.own_bytes() <= shared_.options.connection_answer_bytes) {
    Entry& entry = *ready_.front();
    ready_.pop_front();
    entry.ready = false;
    if (!step(entry, outbox)) return;
  }
}

bool Feeds::step(Entry& entry, Outbox& outbox) {
  const std::size_t before = outbox.bytes();
  const Result<Feed::State> state = entry.feed.fill(outbox, shared_.options.events_frame_bytes);
  if (!state) {
    session_.send_error(entry.feed.request(), state.assume_error());
    erase(entry);
    return true;
  }
  if (outbox.bytes() != before) entry.told_caught_up = false;
  switch (state.assume_value()) {
    case Feed::State::more:
      entry.ready = true;
      ready_.push_back(&entry);
      break;
    case Feed::State::paused: {
      const steady_clock::time_point now = steady_clock::now();
      if (entry.feed.is_subscription() && progress_due(entry, now))
        tell_progress(entry, now, false);
      entry.ready = true;
      ready_.push_back(&entry);
      return false;
    }
    case Feed::State::no_credit:
      break;
    case Feed::State::caught_up:
      caught_up(entry);
      break;
    case Feed::State::complete:
      session_.send(entry.feed.request(),
                    format::End{format::EndReason::complete, entry.feed.looked_at(),
                                entry.feed.explanation()});
      erase(entry);
      break;
  }
  return true;
}

void Feeds::caught_up(Entry& entry) {
  const steady_clock::time_point now = steady_clock::now();
  if (!entry.told_caught_up || progress_due(entry, now)) tell_progress(entry, now, true);
  entry.waiting = true;
  // Called on the store's threads, where it only leaves a note for the loop.
  entry.feed.subscription().async_wait(
      [session = session_.shared_from_this(), request = entry.feed.request(),
       mark = entry.mark](const Result<void>& /*the next poll tells*/) mutable {
        const std::shared_ptr<Loop> loop = session->loop();
        loop->post([session = std::move(session), request, mark] {
          session->feeds().woken(request, mark);
        });
      });
}

void Feeds::woken(std::uint64_t request, std::uint64_t mark) {
  const auto found = entries_.find(request);
  if (found == entries_.end() || found->second->mark != mark) return;
  found->second->waiting = false;
  make_ready(*found->second);
}

bool Feeds::progress_due(Entry& entry, steady_clock::time_point now) const {
  const Position looked_at = entry.feed.looked_at();
  if (looked_at <= entry.told) return false;
  return looked_at.value() - entry.told.value() >= shared_.options.progress_events ||
         now - entry.told_at >= shared_.options.progress_interval;
}

void Feeds::tell_progress(Entry& entry, steady_clock::time_point now, bool caught_up) {
  entry.told_caught_up = caught_up;
  entry.told = entry.feed.looked_at();
  entry.told_at = now;
  session_.send(entry.feed.request(), format::Progress{caught_up, entry.told});
}

void Feeds::tick(steady_clock::time_point now) {
  for (auto& [request, entry] : entries_) {
    if (!entry->feed.is_subscription()) continue;
    // One that does not wait for events has fallen behind, or is still catching up.
    const bool due = entry->waiting && now - entry->told_at >= shared_.options.heartbeat_interval;
    if (due || progress_due(*entry, now)) tell_progress(*entry, now, entry->waiting);
  }
}

void Feeds::erase(Entry& entry) {
  if (entry.ready) std::erase(ready_, &entry);
  shared_.subscriptions.fetch_sub(1, std::memory_order_relaxed);
  entries_.erase(entry.feed.request());
}

void Feeds::close() {
  for (const auto& [request, entry] : entries_) {
    session_.send_error(request, {Errc::closed, "the server is stopping"});
  }
  clear();
}

void Feeds::clear() {
  ready_.clear();
  shared_.subscriptions.fetch_sub(entries_.size(), std::memory_order_relaxed);
  entries_.clear();
}

}  // namespace esker::server
