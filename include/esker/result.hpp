#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>
#include <boost/outcome/try.hpp>

#include "esker/error.hpp"

namespace esker {

/// A value or an `Error`. Taking the value of a failed result ends the process: ask first.
///
/// Boost.Outcome rather than `std::expected`, which C++20 does not have; ignoring one is a warning, so an error in our builds.
template <class T>
using Result = boost::outcome_v2::basic_result<T, Error, boost::outcome_v2::policy::terminate>;

/// The value of a `Result<void>` that succeeded.
inline auto ok() { return boost::outcome_v2::success(); }

}  // namespace esker

/// Leaves the function with the error of a failed result; otherwise goes on: `ESKER_TRY(f());`, or with its value:
/// `ESKER_TRY(auto x, f());`.
#define ESKER_TRY(...) BOOST_OUTCOME_TRY(__VA_ARGS__)

/// The same in a coroutine.
#define ESKER_CO_TRY(...) BOOST_OUTCOME_CO_TRY(__VA_ARGS__)
