#include "programs/load.hpp"

#include <chrono>
#include <span>
#include <utility>

namespace esker::support {
namespace {

ClientOptions options_for(const std::string& address,
                          std::chrono::milliseconds patience = Load::kPatience) {
  ClientOptions options;
  options.server = address;
  options.request_timeout = patience;
  return options;
}

/// The views of an append; what they lead to is the append's.
struct Views {
  explicit Views(const history::Append& append) {
    for (const tests::OwnedAppend& stream : append.streams) {
      std::vector<NewEvent>& added = events.emplace_back();
      for (const tests::OwnedEvent& event : stream.events) added.push_back(event.view());
    }
    for (std::size_t i = 0; i < append.streams.size(); ++i) {
      streams.push_back({append.streams[i].stream, append.streams[i].expected, events[i]});
    }
  }
  std::vector<std::vector<NewEvent>> events;
  std::vector<StreamAppend> streams;
};

void take_answer(history::Append& append, Result<AppendResult> result) {
  append.time.end = time_now();
  if (result) {
    append.answer = history::Answer::acknowledged;
    append.result = std::move(result).assume_value();
    return;
  }
  const Error& error = result.assume_error();
  if (error.code() == Errc::outcome_unknown) {
    append.time.end = history::Interval::kNever;
    append.answer = history::Answer::unknown;
  } else if (error.code() == Errc::wrong_version) {
    append.answer = history::Answer::conflict;
    for (const Conflict& conflict : error.conflicts()) append.conflicts.push_back(conflict);
  } else {
    append.answer = history::Answer::refused;
  }
}

history::Seen seen_of(const EventView& event) {
  return {event.position, event.version, event.id, time_now()};
}

}  // namespace

std::int64_t time_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Load::Load(const std::string& address, std::string name, std::uint64_t seed,
           std::chrono::milliseconds patience)
    : name_(std::move(name)), random_(seed) {
  Result<Client> connected = Client::connect(options_for(address, patience));
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

Expected Load::make_expected() {
  switch (random_() % 8) {
    case 0:
      return Expected::no_stream();
    case 1:
      return Expected::stream_exists();
    case 2:
      return Expected::exactly(Version(random_() % 20));
    default:
      return Expected::any();
  }
}

history::Append Load::make_append() {
  history::Append append;
  append.streams.push_back({name_ + '-' + std::to_string(random_() % 3), make_expected(), {}});
  if (random_() % 4 == 0) append.streams.push_back({"shared-1", make_expected(), {}});
  for (tests::OwnedAppend& stream : append.streams) {
    for (std::uint64_t count = 1 + random_() % 4; count > 0; --count) {
      stream.events.push_back(
          {EventId::random(), "Loaded", '"' + std::string(random_() % 2'000, 'x') + '"'});
    }
  }
  return append;
}

void Load::append_once() {
  history::Append& append = appends_.emplace_back(make_append());
  const Views views(append);
  append.time.begin = time_now();
  client_->async_append(views.streams, [this, &append](Result<AppendResult> result) {
    base::MutexLock lock(mutex_);
    take_answer(append, std::move(result));
    --in_flight_;
    switch (append.answer) {
      case history::Answer::acknowledged:
        ++acknowledged_;
        break;
      case history::Answer::conflict:
        break;
      case history::Answer::refused:
      case history::Answer::unknown:
        stopped_ = true;
    }
    for (tests::OwnedAppend& stream : append.streams) {
      for (tests::OwnedEvent& event : stream.events) event.data.clear();
    }
    changed_.notify_all();
  });
}

Reader::Reader(const std::string& address, std::string stream, std::uint64_t seed)
    : stream_(std::move(stream)), random_(seed) {
  Result<Client> connected = Client::connect(options_for(address));
  if (!connected) return;
  client_.emplace(std::move(connected).assume_value());
  thread_ = std::thread([this] { run(); });
}

Reader::~Reader() { finish(); }

std::vector<history::Read> Reader::finish() {
  if (client_) client_->close();
  if (thread_.joinable()) thread_.join();
  return std::exchange(reads_, {});
}

void Reader::run() {
  for (int i = 0; i < kReadsMax; ++i) {
    history::Read read;
    read.query.selector = random_() % 2 == 0 ? Selector::all() : Selector::stream(stream_);
    if (random_() % 2 == 0) {
      read.query.direction = Direction::backwards;
      read.query.from = Query::kEnd;
    }
    read.query.limit = 1 + random_() % 50;
    read.time.begin = time_now();
    EventReader events = client_->read(read.query);
    while (true) {
      const Result<std::optional<EventView>> event = events.next();
      if (!event) return;  // not a whole read: the server is gone
      if (!event.assume_value()) break;
      read.events.push_back(seen_of(*event.assume_value()));
    }
    read.time.end = time_now();
    reads_.push_back(std::move(read));
  }
}

Follower::Follower(const std::string& address, history::Subscriber& subscriber)
    : subscriber_(subscriber) {
  Result<Client> connected = Client::connect(options_for(address));
  if (!connected) {
    looked_at_ = kEnded;
    return;
  }
  client_.emplace(std::move(connected).assume_value());
  subscription_.emplace(client_->subscribe({.selector = subscriber_.filter.selector,
                                            .from = subscriber_.looked_at.next().value(),
                                            .items = subscriber_.filter.items}));
  thread_ = std::thread([this] { run(); });
}

Follower::~Follower() {
  if (subscription_) subscription_->cancel();
  if (thread_.joinable()) thread_.join();
}

void Follower::run() {
  while (true) {
    const Result<std::optional<EventView>> event =
        subscription_->next(std::chrono::milliseconds(50));
    if (!event) break;
    if (event.assume_value()) subscriber_.events.push_back(seen_of(*event.assume_value()));
    subscriber_.looked_at = std::max(subscriber_.looked_at, subscription_->looked_at());
    looked_at_ = subscriber_.looked_at.value();
    looked_at_.notify_all();
  }
  looked_at_ = kEnded;
  looked_at_.notify_all();
}

void Follower::wait_for(Position position) {
  for (std::uint64_t at = looked_at_; at < position.value(); at = looked_at_) looked_at_.wait(at);
}

void append_now(Client& client, history::Append& append) {
  const Views views(append);
  append.time.begin = time_now();
  take_answer(append, client.append(views.streams));
}

bool read_log(const std::string& address, history::History& history) {
  Result<Client> connected = Client::connect(address);
  if (!connected) return false;
  history::Read read;
  read.time.begin = time_now();
  history.log.clear();
  EventReader events = connected.assume_value().read({});
  while (true) {
    const Result<std::optional<EventView>> event = events.next();
    if (!event) return false;
    if (!event.assume_value()) break;
    read.events.push_back(seen_of(*event.assume_value()));
    history.log.push_back(tests::ModelEvent::of(*event.assume_value()));
    history.log.back().event.data.clear();
  }
  read.time.end = time_now();
  history.reads.push_back(std::move(read));
  return true;
}

}  // namespace esker::support
