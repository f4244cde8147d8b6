#include "index/run_writer.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "format/segment.hpp"
#include "index/run_files.hpp"

namespace esker::index {
namespace {

constexpr io::Site kRunCreate{"index.run_create"};
constexpr io::Site kFooterWrite{"index.run_footer_write"};
constexpr io::Site kRunSync{"index.run_sync"};
constexpr io::Site kPieceSync{"index.run_piece_sync"};
constexpr io::Site kRunPublish{"index.run_publish"};
constexpr io::Site kLeftoverRemove{"index.run_leftover_remove"};

std::string temporary(const std::string& name) {
  return name + std::string(format::kTemporarySuffix);
}

}  // namespace

Result<std::unique_ptr<RunWriter>> RunWriter::create(io::Directory& directory, const Uuid& store,
                                                     const RunKey& key, std::uint64_t terms) {
  RunFooter footer;
  footer.store = store;
  footer.key = key;
  footer.terms = terms;
  place_parts(footer);
  const std::string name = temporary(run_file_name(key.first_segment, key.last_segment));
  // A leftover of a failed attempt is never gone on with: what a failed sync has left of it cannot be known.
  auto removed = directory.remove(name, kLeftoverRemove);
  if (!removed && removed.error().code() != Errc::not_found) return std::move(removed).error();
  ESKER_TRY(auto file, directory.open(name, io::OpenMode::create_new, kRunCreate));
  std::unique_ptr<RunWriter> writer(new RunWriter(directory, std::move(file), footer));
  ESKER_TRY(writer->terms_.append(encode_run_header(store, key)));
  return writer;
}

RunWriter::RunWriter(io::Directory& directory, std::unique_ptr<io::File> file,
                     const RunFooter& footer)
    : directory_(directory),
      file_(std::move(file)),
      footer_(footer),
      terms_(*file_, table_, 0),
      filter_(*file_, table_, footer_.filter_begin),
      lists_(*file_, table_, footer_.lists_begin) {
  block_.reserve(kBlockPostings);
}

std::string RunWriter::name() const {
  return run_file_name(footer_.key.first_segment, footer_.key.last_segment);
}

Result<void> RunWriter::add(const Term& term, Posting only) {
  ++footer_.postings;
  return add_entry(term, kInlinePosting | only);
}

Result<void> RunWriter::add_entry(const Term& term, std::uint64_t place) {
  ESKER_ASSERT_VALUES(terms_added_ < footer_.terms, terms_added_);
  ESKER_ASSERT_VALUES(list_left_ == 0, list_left_);
  ++terms_added_;
  std::array<std::byte, kTermEntryBytes> entry;
  base::store_le(std::span<std::byte>(entry), 0, term.high);
  base::store_le(std::span<std::byte>(entry), 8, term.low);
  base::store_le(std::span<std::byte>(entry), 16, place);
  ESKER_TRY(terms_.append(entry));
  return add_to_filter(term);
}

Result<void> RunWriter::add_to_filter(const Term& term) {
  const std::uint64_t block = filter_block_of(term, footer_.filter_blocks);
  ESKER_ASSERT_VALUES(block >= filter_block_number_, block, filter_block_number_);
  for (; filter_block_number_ < block; ++filter_block_number_) {
    ESKER_TRY(filter_.append(filter_block_));
    filter_block_.fill({});
  }
  filter_insert(filter_block_, term);
  return ok();
}

Result<void> RunWriter::begin_list(const Term& term, std::uint32_t postings) {
  ESKER_ASSERT_VALUES(postings >= 2, postings);
  std::uint64_t place = lists_.offset();
  if (postings > kShortListPostings) place = base::align_up<std::uint64_t>(place, kRunPageBytes);
  ESKER_TRY(add_entry(term, place));
  footer_.postings += postings;
  list_left_ = postings;
  list_block_ = 0;
  blocks_bytes_ = 0;
  const std::uint64_t blocks_begin = list_blocks_begin(place, postings);
  if (postings <= kShortListPostings) {
    list_.resize(blocks_begin - place);
    base::store_le(std::span(list_), 0, postings);
    return ok();
  }
  list_.clear();
  std::array<std::byte, kListHeaderBytes> header;
  base::store_le(std::span<std::byte>(header), 0, postings);
  skips_.emplace(*file_, table_, place);
  ESKER_TRY(skips_->append(header));
  return lists_.go_on_at(blocks_begin);
}

Result<void> RunWriter::append(std::span<const Posting> postings) {
  ESKER_ASSERT_VALUES(postings.size() <= list_left_, postings.size(), list_left_);
  while (!postings.empty()) {
    const auto part = postings.first(std::min(postings.size(), kBlockPostings - block_.size()));
    block_.insert(block_.end(), part.begin(), part.end());
    postings = postings.subspan(part.size());
    list_left_ -= static_cast<std::uint32_t>(part.size());
    if (block_.size() == kBlockPostings || list_left_ == 0) {
      ESKER_TRY(end_block());
    }
  }
  return list_left_ == 0 ? end_list() : ok();
}

Result<void> RunWriter::end_block() {
  const std::size_t before = list_.size();
  append_block(list_, block_);
  blocks_bytes_ += list_.size() - before;
  // 32 bits: each byte stands for at least one of fewer than 2^32 positions.
  const auto end = static_cast<std::uint32_t>(blocks_bytes_);
  const Posting first = block_.front();
  block_.clear();
  if (!skips_) {
    const std::size_t skip = kListHeaderBytes + std::size_t{list_block_++} * kSkipEntryBytes;
    base::store_le(std::span(list_), skip, first);
    base::store_le(std::span(list_), skip + 4, end);
    return ok();
  }
  std::array<std::byte, kSkipEntryBytes> skip;
  base::store_le(std::span<std::byte>(skip), 0, first);
  base::store_le(std::span<std::byte>(skip), 4, end);
  ESKER_TRY(skips_->append(skip));
  ESKER_TRY(lists_.append(list_));
  list_.clear();
  return ok();
}

Result<void> RunWriter::end_list() {
  if (skips_) {
    ESKER_TRY(skips_->finish());
    skips_.reset();
    return ok();
  }
  return lists_.append(list_);
}

std::uint64_t RunWriter::written() const {
  return terms_.offset() + (filter_.offset() - footer_.filter_begin) +
         (lists_.offset() - footer_.lists_begin);
}

Result<void> RunWriter::sync_piece() { return file_->sync_data(kPieceSync); }

Result<void> RunWriter::complete() {
  ESKER_ASSERT_VALUES(terms_added_ == footer_.terms, terms_added_, footer_.terms);
  ESKER_ASSERT_VALUES(list_left_ == 0, list_left_);
  for (; filter_block_number_ < footer_.filter_blocks; ++filter_block_number_) {
    ESKER_TRY(filter_.append(filter_block_));
    filter_block_.fill({});
  }
  place_end(footer_, lists_.offset());
  ESKER_TRY(terms_.finish());
  ESKER_TRY(filter_.finish());
  ESKER_TRY(lists_.finish());
  ESKER_TRY(footer_.pages_checksum, table_.write(*file_, footer_.pages_begin, footer_.pages()));
  return file_->write_at(FileOffset(footer_.file_bytes - kRunFooterBytes),
                         encode_run_footer(footer_), kFooterWrite);
}

Result<std::shared_ptr<Run>> RunWriter::publish() {
  ESKER_TRY(complete());
  ESKER_TRY(file_->sync_all(kRunSync));
  ESKER_TRY(directory_.rename(temporary(name()), name(), kRunPublish));
  ESKER_TRY(sync_run_names(directory_));
  return Run::open(directory_, footer_.store, footer_.key);
}

void RunWriter::abandon() {
  static_cast<void>(directory_.remove(temporary(name()), kLeftoverRemove).has_value());
}

}  // namespace esker::index
