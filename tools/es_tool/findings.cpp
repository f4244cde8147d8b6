#include "es_tool/findings.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "es_tool/json_object.hpp"
#include "index/run_files.hpp"
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

namespace {

std::vector<index::SegmentKey> sealed_of(const log::VerifyReport& log, bool whole_only) {
  std::vector<index::SegmentKey> keys;
  for (const log::SegmentVerdict& verdict : log.segments) {
    if (!verdict.sealed || (whole_only && verdict.lost)) continue;
    for (const index::SegmentKey& key :
         format::keys_of(*verdict.file.header, verdict.first, verdict.end())) {
      keys.push_back(key);
    }
  }
  return keys;
}

}  // namespace

Result<IndexFindings> verify_index(io::Directory& directory, const log::VerifyReport& log,
                                   Findings& findings, Progress& progress) {
  IndexFindings result;
  const index::TermHasher hasher(log.store);
  index::Index::SegmentReader read_segment = make_segment_reader(directory, hasher);
  UniqueFunction<void(const index::RunFault&)> on_fault = [&](const index::RunFault& fault) {
    findings.finding("fault", {fault.file, fault.offset, fault.reason});
  };
  const auto note = [&](const std::string& name, const char* what) {
    findings.finding("note", {directory.path() + "/" + name, FileOffset(), what});
  };
  const std::vector<index::SegmentKey> sealed = sealed_of(log, false);
  // What a run should hold is not known when records are missing.
  const std::vector<index::SegmentKey> whole = sealed_of(log, true);
  const index::RunFiles files = index::sort_run_files(log.runs, sealed);
  std::set<SegmentId> covered;
  for (const index::RunFileName& name : files.usable) {
    const auto segments = *index::find_segments(sealed, name.first, name.last);
    const bool replaced = std::ranges::any_of(
        segments, [&](const index::SegmentKey& key) { return covered.contains(key.id); });
    if (replaced) {
      note(index::run_file_name(name.first, name.last),
           "an index file that a merged one has replaced; opening the store removes it");
      continue;
    }
    for (const index::SegmentKey& key : segments) covered.insert(key.id);
    if (!index::find_segments(whole, name.first, name.last)) continue;
    ESKER_TRY(const index::RunReport report,
              index::verify_run(directory, log.store, segments, read_segment, on_fault));
    result.faults += report.faults;
    ++result.runs;
    result.bytes += report.bytes;
    progress.update(covered.size(), sealed.size(), covered.size());
  }
  result.missing = static_cast<std::uint64_t>(std::ranges::count_if(
      whole, [&](const index::SegmentKey& key) { return !covered.contains(key.id); }));
  for (const std::string& name : files.obsolete) {
    ++result.obsolete;
    note(name, "an index file of no sealed segment; opening the store removes it");
  }
  return result;
}

Result<proof::TreeReport> verify_trees(io::Directory& directory, const log::VerifyReport& log,
                                       Findings& findings, Progress& progress) {
  proof::TreeVerifyCallbacks callbacks{
      .on_fault = [&](const log::Finding& found) { findings.finding("fault", found); },
      .on_note = [&](const log::Finding& found) { findings.finding("note", found); },
      .on_progress = [&](std::uint64_t done,
                         std::uint64_t total) { progress.update(done, total, done); }};
  return proof::verify_tree_files(directory, log, callbacks);
}

}  // namespace esker::tools
