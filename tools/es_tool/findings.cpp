#include "es_tool/findings.hpp"

#include <algorithm>

#include "es_tool/json_object.hpp"
#include "index/run_format.hpp"
#include "index/verify.hpp"

namespace esker::tools {

void Findings::finding(std::string_view kind, const log::Finding& finding) {
  std::string& out = output_.text();
  if (json_) {
    JsonObject object(out);
    object.add("kind", kind);
    object.add("file", finding.file);
    object.add("offset", finding.offset.value());
    object.add("reason", finding.reason);
    object.end();
  } else {
    out.append(kind).append(": ").append(finding.file);
    if (finding.offset != FileOffset()) {
      out.append(" at offset ").append(std::to_string(finding.offset.value()));
    }
    out.append(": ").append(finding.reason);
  }
  out += '\n';
  write_out();
}

void Findings::line(std::string_view kind, std::string_view text) {
  std::string& out = output_.text();
  if (json_) {
    JsonObject object(out);
    object.add("kind", kind);
    object.add("text", text);
    object.end();
  } else {
    out.append(kind).append(": ").append(text);
  }
  out += '\n';
  write_out();
}

void Findings::write_out() {
  progress_.hide();
  // At once: who waits for a long verification wants to know now.
  if (Result<void> written = output_.flush(); !written && written_) written_ = std::move(written);
}

Result<void> Findings::written() { return std::exchange(written_, ok()); }

log::VerifyCallbacks Findings::callbacks() {
  return {
      .on_fault = [this](const log::Finding& found) { finding("fault", found); },
      .on_note = [this](const log::Finding& found) { finding("note", found); },
      .on_progress = [this](std::uint64_t done,
                            std::uint64_t total) { progress_.update(done, total, done >> 20); },
  };
}

Result<IndexFindings> verify_index(io::Directory& directory, const log::VerifyReport& log,
                                   Findings& findings, Progress& progress) {
  IndexFindings result;
  const index::TermHasher hasher(log.store);
  index::Index::SegmentReader read_segment = make_segment_reader(directory, hasher);
  UniqueFunction<void(const index::RunFault&)> on_fault = [&](const index::RunFault& fault) {
    findings.finding("fault", {fault.file, fault.offset, fault.reason});
  };
  std::uint64_t done = 0;
  for (const log::SegmentVerdict& verdict : log.segments) {
    done += verdict.file.bytes;
    // What a run should hold is not known when records are missing.
    if (!verdict.sealed || verdict.lost) continue;
    const index::SegmentKey key{verdict.file.id, verdict.file.header->salt, verdict.first,
                                verdict.end()};
    ESKER_TRY(const index::RunReport report,
              index::verify_run(directory, log.store, key, read_segment, on_fault));
    result.faults += report.faults;
    result.runs += report.present ? 1 : 0;
    result.missing += report.present ? 0 : 1;
    result.bytes += report.bytes;
    progress.update(done, log.bytes, done >> 20);
  }
  for (const std::string& name : log.runs) {
    const auto run = index::parse_run_file_name(name);
    const bool wanted =
        run && std::ranges::any_of(log.segments, [&](const log::SegmentVerdict& verdict) {
          return verdict.sealed && verdict.file.id == run->id;
        });
    if (wanted) continue;
    ++result.obsolete;
    findings.finding("note", {directory.path() + "/" + name, FileOffset(),
                              "an index file of no sealed segment; opening the store removes it"});
  }
  return result;
}

}  // namespace esker::tools
