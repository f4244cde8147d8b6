#include "index/run_writer.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "format/segment.hpp"
#include "index/page_writer.hpp"
#include "index/run_format.hpp"

namespace esker::index {
namespace {

constexpr io::Site kRunCreate{"index.run_create"};
constexpr io::Site kFooterWrite{"index.run_footer_write"};
constexpr io::Site kRunSync{"index.run_sync"};
constexpr io::Site kRunPublish{"index.run_publish"};
constexpr io::Site kRunDirectorySync{"index.run_directory_sync"};
constexpr io::Site kLeftoverRemove{"index.run_leftover_remove"};

void append_entry(std::vector<std::byte>& table, const Term& term, std::uint64_t place) {
  const std::size_t at = table.size();
  table.resize(at + kTermEntryBytes);
  const std::span<std::byte> bytes(table);
  base::store_le(bytes, at, term.high);
  base::store_le(bytes, at + 8, term.low);
  base::store_le(bytes, at + 16, place);
}

/// Writes the lists and gives the term table that points to them.
Result<std::vector<std::byte>> write_lists(PageWriter& writer, const Memtable& memtable,
                                           RunFooter& footer) {
  std::vector<std::byte> table;
  std::vector<std::byte> list;
  for (std::size_t shard = 0; shard < Memtable::kShards; ++shard) {
    for (const Memtable::Entry& entry : memtable.shard(shard)) {
      ++footer.terms;
      footer.postings += entry.postings().size();
      if (entry.postings().size() == 1) {
        append_entry(table, entry.term, kInlinePosting | entry.postings().front());
        continue;
      }
      append_entry(table, entry.term, writer.offset());
      list.clear();
      append_posting_list(list, entry.postings());
      ESKER_TRY(writer.append(list));
    }
  }
  return table;
}

std::vector<std::byte> make_filter(std::span<const std::byte> table, std::uint64_t blocks) {
  std::vector<std::byte> filter(blocks * kFilterBlockBytes);
  for (std::size_t at = 0; at < table.size(); at += kTermEntryBytes) {
    filter_insert(filter, {base::load_le<std::uint64_t>(table, at),
                           base::load_le<std::uint64_t>(table, at + 8)});
  }
  return filter;
}

Result<void> write_run(io::File& file, const Uuid& store, const SegmentKey& segment,
                       const Memtable& memtable) {
  RunFooter footer;
  footer.store = store;
  footer.segment = segment;
  PageWriter writer(file);
  ESKER_TRY(writer.append(encode_run_header(store, segment)));
  ESKER_TRY(const std::vector<std::byte> table, write_lists(writer, memtable, footer));
  footer.terms_begin = writer.offset();
  ESKER_TRY(writer.append(table));
  ESKER_TRY(writer.pad_to(kFilterBlockBytes));
  footer.filter_begin = writer.offset();
  footer.filter_blocks = filter_blocks_for(footer.terms);
  ESKER_TRY(writer.append(make_filter(table, footer.filter_blocks)));
  ESKER_TRY(writer.pad_to(kRunPageBytes));
  footer.pages_begin = writer.offset();
  ESKER_TRY(footer.pages_checksum, writer.finish());
  const std::uint64_t footer_begin = footer.pages_begin + footer.pages() * kPageEntryBytes;
  footer.file_bytes = footer_begin + kRunFooterBytes;
  ESKER_TRY(file.write_at(FileOffset(footer_begin), encode_run_footer(footer), kFooterWrite));
  return file.sync_all(kRunSync);
}

}  // namespace

Result<std::shared_ptr<Run>> make_run(io::Directory& directory, const Uuid& store,
                                      const SegmentKey& segment, const Memtable& memtable) {
  ESKER_ASSERT_VALUES(memtable.segment() == segment.id, memtable.segment().value());
  ESKER_ASSERT_VALUES(memtable.first() == segment.first, memtable.first().value());
  ESKER_ASSERT_VALUES(memtable.end() == segment.end, memtable.end().value());
  const std::string name = run_file_name(segment.id);
  const std::string temporary = name + std::string(format::kTemporarySuffix);

  // A leftover of a failed attempt is never gone on with: what a failed sync has left of it cannot be known.
  auto removed = directory.remove(temporary, kLeftoverRemove);
  if (!removed && removed.error().code() != Errc::not_found) return std::move(removed).error();
  ESKER_TRY(auto file, directory.open(temporary, io::OpenMode::create_new, kRunCreate));
  auto written = write_run(*file, store, segment, memtable);
  if (!written) {
    // Gives the space back; if that fails too, the next attempt or the next open removes it.
    static_cast<void>(directory.remove(temporary, kLeftoverRemove).has_value());
    return std::move(written).error();
  }
  ESKER_TRY(directory.rename(temporary, name, kRunPublish));
  ESKER_TRY(directory.sync(kRunDirectorySync));
  return Run::open(directory, store, segment);
}

}  // namespace esker::index
