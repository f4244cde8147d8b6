#include "index/make_run.hpp"

#include <vector>

#include "base/assert.hpp"
#include "index/run_writer.hpp"

namespace esker::index {
namespace {

using Shards = std::vector<std::vector<Memtable::Entry>>;

Result<void> write_terms(RunWriter& writer, const Shards& shards) {
  for (const std::vector<Memtable::Entry>& shard : shards) {
    for (const Memtable::Entry& entry : shard) {
      const std::span<const Posting> postings = entry.postings();
      if (postings.size() == 1) {
        ESKER_TRY(writer.add(entry.term, postings.front()));
        continue;
      }
      ESKER_TRY(writer.begin_list(entry.term, static_cast<std::uint32_t>(postings.size())));
      ESKER_TRY(writer.append(postings));
    }
  }
  return ok();
}

}  // namespace

Result<std::shared_ptr<Run>> make_run(io::Directory& directory, const Uuid& store,
                                      const SegmentKey& segment, const Memtable& memtable) {
  ESKER_ASSERT_VALUES(memtable.segment() == segment.id, memtable.segment().value());
  ESKER_ASSERT_VALUES(memtable.first() == segment.first, memtable.first().value());
  ESKER_ASSERT_VALUES(memtable.end() == segment.end, memtable.end().value());
  Shards shards;
  std::uint64_t terms = 0;
  for (std::size_t shard = 0; shard < Memtable::kShards; ++shard) {
    terms += shards.emplace_back(memtable.shard(shard)).size();
  }
  ESKER_TRY(const auto writer, RunWriter::create(directory, store, run_key_of(segment), terms));
  Result<std::shared_ptr<Run>> run = [&]() -> Result<std::shared_ptr<Run>> {
    ESKER_TRY(write_terms(*writer, shards));
    return writer->publish();
  }();
  if (!run) writer->abandon();
  return run;
}

}  // namespace esker::index
