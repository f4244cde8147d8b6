#include "esker/error.hpp"

#include <new>
#include <utility>

namespace esker {

std::string_view errc_name(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::wrong_version:
      return "wrong_version";
    case Errc::partial_match:
      return "partial_match";
    case Errc::too_large:
      return "too_large";
    case Errc::position_ahead:
      return "position_ahead";
    case Errc::not_supported:
      return "not_supported";
    case Errc::not_found:
      return "not_found";
    case Errc::condition_failed:
      return "condition_failed";
    case Errc::tombstoned:
      return "tombstoned";
    case Errc::no_space:
      return "no_space";
    case Errc::busy:
      return "busy";
    case Errc::locked:
      return "locked";
    case Errc::unavailable:
      return "unavailable";
    case Errc::closed:
      return "closed";
    case Errc::outcome_unknown:
      return "outcome_unknown";
    case Errc::corrupt:
      return "corrupt";
    case Errc::store_failed:
      return "store_failed";
    case Errc::io_error:
      return "io_error";
    case Errc::protocol:
      return "protocol";
  }
  return "unknown";
}

Error::Error(Errc code, std::string message) : Error(code, std::move(message), {}) {}

Error::Error(Errc code, std::string message, std::vector<Conflict> conflicts)
    : code_(code), details_(new(std::nothrow) Details{std::move(message), std::move(conflicts)}) {}

const std::string& Error::message() const {
  static const std::string no_words = "out of memory";
  return details_ != nullptr ? details_->message : no_words;
}

const std::vector<Conflict>& Error::conflicts() const {
  static const std::vector<Conflict> none;
  return details_ != nullptr ? details_->conflicts : none;
}

Error Error::clone() const { return {code_, message(), conflicts()}; }

}  // namespace esker
