#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/output.hpp"
#include "es_tool/options.hpp"
#include "esker/result.hpp"
#include "io/directory.hpp"

namespace esker::tools {

/// In what backup, restore and branch differ.
struct CopyCommand {
  std::string_view title;         ///< What the result is called.
  io::Directory* base = nullptr;  ///< log::CopyOptions::base.
  bool verify = true;             ///< log::CopyOptions::verify.
};

/// Copies the store that the options name, whether another process has it open or not, and tells what was done.
/// Errors: `invalid_argument` (--at cannot be read), `locked` (another es-tool has the store, or somebody has the target), and those of
/// `log::copy_store`.
Result<ExitCode> run_copy(const CopyCommand& command, const EsToolOptions& options, Output& output);

}  // namespace esker::tools
