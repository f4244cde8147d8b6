#pragma once

#include <string>
#include <string_view>

#include "common/output.hpp"
#include "common/progress.hpp"
#include "es_tool/offline_store.hpp"
#include "log/verify.hpp"
#include "proof/verify.hpp"

namespace esker::tools {

/// Prints what is found as it is found, one line each, as text or JSON.
class Findings {
 public:
  /// Both outlive this. `json`: as objects.
  Findings(Output& output, Progress& progress, bool json)
      : output_(output), progress_(progress), json_(json) {}

  /// `kind`: "fault" or "note".
  void finding(std::string_view kind, const log::Finding& finding);
  /// A line of another kind, such as "done".
  void line(std::string_view kind, std::string_view text);

  /// Callbacks for `log::verify_log` that print here; they refer to this.
  log::VerifyCallbacks callbacks();

  /// Writing to standard output failed. Ask at the end.
  [[nodiscard]] Result<void> written();

 private:
  void write_out();

  Output& output_;
  Progress& progress_;
  const bool json_;
  Result<void> written_ = ok();
};

struct IndexFindings {
  std::uint64_t faults = 0;
  std::uint64_t runs = 0;      ///< Checked.
  std::uint64_t missing = 0;   ///< Segments without one; made when the store is opened.
  std::uint64_t obsolete = 0;  ///< Of no sealed segment; removed when the store is opened.
  std::uint64_t bytes = 0;
};

/// Verifies the runs of all segments whose records are whole. Errors: `io_error`, `no_space`.
Result<IndexFindings> verify_index(io::Directory& directory, const log::VerifyReport& log,
                                   Findings& findings, Progress& progress);

/// Verifies the tree files, if the store keeps a tree. Errors: `io_error`, `no_space`, `not_supported`.
Result<proof::TreeReport> verify_trees(io::Directory& directory, const log::VerifyReport& log,
                                       Findings& findings, Progress& progress);

}  // namespace esker::tools
