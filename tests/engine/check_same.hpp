#pragma once

#include <vector>

#include "esker/append.hpp"
#include "esker/result.hpp"
#include "support/model_store.hpp"

namespace esker::tests {

/// Compares an answer with the model's: both errors of one code with the same conflicts, or both the same result.
void check_same(const Result<AppendResult>& actual, const Result<AppendResult>& expected);
void check_same(const Result<std::vector<ModelEvent>>& actual,
                const Result<std::vector<ModelEvent>>& expected);

}  // namespace esker::tests
