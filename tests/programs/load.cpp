#include "programs/load.hpp"

#include <doctest/doctest.h>

#include <span>
#include <utility>

namespace esker::support {

namespace {

ClientOptions options_for(const std::string& address) {
  ClientOptions options;
  options.server = address;
  // How long what a server does not answer any more is waited for.
  options.request_timeout = std::chrono::milliseconds(1'500);
  return options;
}

}  // namespace

Load::Load(const std::string& address, std::string name, std::uint64_t seed)
    : name_(std::move(name)), random_(seed) {
  Result<Client> connected = Client::connect(options_for(address));
  // A server may be killed before its clients have come.
  if (!connected) {
    stopped_ = true;
    return;
  }
  client_.emplace(std::move(connected).assume_value());
  thread_ = std::thread([this] { run(); });
}

Load::~Load() { finish(true); }

void Load::wait_for_acknowledged(std::uint64_t count) {
  base::MutexLock lock(mutex_);
  while (acknowledged_ < count && !stopped_) changed_.wait(mutex_);
}

void Load::finish(bool close) {
  {
    base::MutexLock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  if (client_ && close) client_->close();
  base::MutexLock lock(mutex_);
  while (in_flight_ != 0) changed_.wait(mutex_);
}

void Load::run() {
  for (;;) {
    {
      base::MutexLock lock(mutex_);
      while (!stopped_ && in_flight_ >= kInFlightMax) changed_.wait(mutex_);
      if (stopped_) return;
      ++in_flight_;
    }
    append_once();
  }
}

Attempt Load::make_attempt() {
  const auto below = [this](std::uint64_t bound) { return random_() % bound; };
  Attempt attempt;
  attempt.parts.push_back({name_ + '-' + std::to_string(below(3)), {}});
  if (below(4) == 0) attempt.parts.push_back({"shared-1", {}});
  for (Attempt::Part& part : attempt.parts) {
    for (std::uint64_t count = 1 + below(4); count > 0; --count)
      part.ids.push_back(EventId::random());
  }
  return attempt;
}

void Load::append_once() {
  Attempt& attempt = attempts_.emplace_back(make_attempt());
  const std::string data = '"' + std::string(random_() % 2'000, 'x') + '"';
  std::vector<std::vector<NewEvent>> events;
  std::vector<StreamAppend> streams;
  for (const Attempt::Part& part : attempt.parts) {
    std::vector<NewEvent>& added = events.emplace_back();
    for (const EventId& id : part.ids) added.push_back({id, "Loaded", as_bytes(data), {}});
  }
  for (std::size_t part = 0; part < attempt.parts.size(); ++part) {
    streams.push_back({attempt.parts[part].stream, Expected::any(), events[part]});
  }
  client_->async_append(streams, [this, &attempt](Result<AppendResult> result) {
    base::MutexLock lock(mutex_);
    --in_flight_;
    if (result) {
      attempt.result = std::move(result).assume_value();
      ++acknowledged_;
    } else {
      attempt.error = result.assume_error().code();
      stopped_ = true;
    }
    changed_.notify_all();
  });
}

Contents Contents::read(const std::string& address) {
  Contents contents;
  Result<Client> connected = Client::connect(address);
  REQUIRE_MESSAGE(connected.has_value(), connected.assume_error().message());
  EventReader reader = connected.assume_value().read({});
  std::map<std::string, Version> versions;
  Position last;
  for (;;) {
    const Result<std::optional<EventView>> next = reader.next();
    REQUIRE_MESSAGE(next.has_value(), next.assume_error().message());
    if (!next.assume_value()) return contents;
    const EventView& event = *next.assume_value();
    const std::string stream(event.stream);
    REQUIRE(event.position == last.next());
    last = event.position;
    REQUIRE(event.version == versions[stream].next());
    versions[stream] = event.version;
    const bool added =
        contents.events.emplace(event.id, Event{event.position, event.version, stream}).second;
    REQUIRE_MESSAGE(added, "event ", event.id.to_string(), " is there twice");
  }
}

const Contents::Event* Contents::find(const EventId& id) const {
  const auto found = events.find(id);
  return found == events.end() ? nullptr : &found->second;
}

namespace {

/// How many of the attempt's events are there; each in its stream, right behind the one before.
std::size_t count_there(const Contents& contents, const Attempt& attempt) {
  std::size_t there = 0;
  for (const Attempt::Part& part : attempt.parts) {
    const Contents::Event* before = nullptr;
    for (const EventId& id : part.ids) {
      const Contents::Event* const event = contents.find(id);
      if (event == nullptr) continue;
      ++there;
      REQUIRE(event->stream == part.stream);
      if (before != nullptr) REQUIRE(event->version == before->version.next());
      before = event;
    }
  }
  return there;
}

}  // namespace

void check_acknowledged(const Contents& contents, const Attempt& attempt) {
  if (!attempt.result) return;
  REQUIRE(attempt.result->streams.size() == attempt.parts.size());
  for (std::size_t part = 0; part < attempt.parts.size(); ++part) {
    const AppendedStream& said = attempt.result->streams[part];
    const std::vector<EventId>& ids = attempt.parts[part].ids;
    for (std::size_t event = 0; event < ids.size(); ++event) {
      const Contents::Event* const found = contents.find(ids[event]);
      REQUIRE_MESSAGE(found != nullptr, "acknowledged at position ",
                      said.first_position.plus(event).value(), " and lost");
      REQUIRE(found->position == said.first_position.plus(event));
      REQUIRE(found->version == said.first_version.plus(event));
    }
  }
}

std::uint64_t check_attempts(const Contents& contents, const std::deque<Attempt>& attempts) {
  std::uint64_t unacknowledged = 0;
  Position last;
  for (const Attempt& attempt : attempts) {
    std::size_t events = 0;
    for (const Attempt::Part& part : attempt.parts) events += part.ids.size();
    const std::size_t there = count_there(contents, attempt);
    REQUIRE((there == 0 || there == events));
    check_acknowledged(contents, attempt);
    if (there == 0) continue;
    if (!attempt.result) ++unacknowledged;
    const Position first = contents.find(attempt.parts.front().ids.front())->position;
    REQUIRE(first > last);
    last = first;
  }
  return unacknowledged;
}

}  // namespace esker::support
