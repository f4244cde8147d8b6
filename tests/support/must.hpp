#pragma once

#include <doctest/doctest.h>

#include <utility>

#include "esker/result.hpp"

namespace esker::tests {

/// The value of a result that must be one.
template <class T>
T must(Result<T> result) {
  if (!result) FAIL(result.assume_error().message());
  return std::move(result).assume_value();
}

}  // namespace esker::tests
