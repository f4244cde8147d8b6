#include "server/trouble_log.hpp"

namespace esker::server {
namespace {

bool is_of_the_store(Errc code) {
  switch (code) {
    case Errc::no_space:
    case Errc::corrupt:
    case Errc::store_failed:
    case Errc::outcome_unknown:
    case Errc::io_error:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool TroubleLog::is_news(const Error& error, TimePoint now) {
  if (!is_of_the_store(error.code())) return false;
  const base::MutexLock lock(mutex_);
  const auto [told, first] = told_.try_emplace(error.code(), now);
  if (first) return true;
  if (now - told->second < kAgainAfter) return false;
  told->second = now;
  return true;
}

}  // namespace esker::server
