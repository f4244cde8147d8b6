#include "esker/error.hpp"

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
    : code_(code),
      details_(std::make_unique<Details>(Details{std::move(message), std::move(conflicts)})) {}

const std::string& Error::message() const { return details_->message; }

const std::vector<Conflict>& Error::conflicts() const { return details_->conflicts; }

Error Error::clone() const { return {code_, details_->message, details_->conflicts}; }

}  // namespace esker
