#include "index/merge.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"

namespace esker::index {

Merge::Merge(io::Directory& directory, const Uuid& store, std::vector<Source> inputs,
             unsigned level, const IndexOptions& options)
    : directory_(directory),
      store_(store),
      inputs_(std::move(inputs)),
      level_(level),
      options_(options),
      key_(run_key_of(segments_of(inputs_))) {
  ESKER_ASSERT(std::ranges::all_of(inputs_, &Source::whole));
}

Result<std::shared_ptr<Run>> Merge::step() {
  if (cursors_.empty()) {
    ESKER_TRY(rewind());
  }
  if (counting_) {
    ESKER_TRY(counting_, count_piece());
    return std::shared_ptr<Run>();
  }
  if (writer_ == nullptr) {
    ESKER_TRY(create());
  }
  ESKER_TRY(const bool more, write_piece());
  if (!more) return writer_->publish();
  if (writer_->written() - synced_ >= options_.merge_sync_bytes) {
    ESKER_TRY(writer_->sync_piece());
    synced_ = writer_->written();
  }
  return std::shared_ptr<Run>();
}

void Merge::abandon() {
  if (writer_ != nullptr) writer_->abandon();
}

std::uint64_t Merge::bytes() const {
  return table_bytes_read_ + (writer_ == nullptr ? 0 : writer_->written());
}

bool Merge::damaged() const {
  return std::ranges::any_of(inputs_, [](const Source& input) { return input.run->damaged(); });
}

std::uint64_t Merge::distance(std::size_t input) const {
  return inputs_[input].first.value() - key_.first.value();
}

Result<void> Merge::rewind() {
  cursors_.clear();
  for (const Source& input : inputs_) {
    cursors_.emplace_back(input.run);
    ESKER_TRY(cursors_.back().next());
  }
  return ok();
}

bool Merge::least_term(Term& term) const {
  bool found = false;
  for (const RunCursor& cursor : cursors_) {
    if (cursor.at_end() || (found && term <= cursor.entry().term)) continue;
    term = cursor.entry().term;
    found = true;
  }
  return found;
}

Result<void> Merge::advance(const Term& term) {
  for (RunCursor& cursor : cursors_) {
    if (cursor.at_end() || cursor.entry().term != term) continue;
    if (counting_) table_bytes_read_ += kTermEntryBytes;
    ESKER_TRY(cursor.next());
  }
  return ok();
}

/// False when all terms have been counted.
Result<bool> Merge::count_piece() {
  const std::uint64_t until = bytes() + options_.merge_piece_bytes;
  Term term;
  while (least_term(term)) {
    if (bytes() >= until) return true;
    ++terms_;
    ESKER_TRY(advance(term));
  }
  return false;
}

Result<void> Merge::create() {
  ESKER_TRY(rewind());
  ESKER_TRY(writer_, RunWriter::create(directory_, store_, key_, terms_));
  return ok();
}

/// False when all terms have been written.
Result<bool> Merge::write_piece() {
  const std::uint64_t until = bytes() + options_.merge_piece_bytes;
  while (bytes() < until) {
    if (part_ < parts_.size()) {
      ESKER_TRY(copy_block());
      continue;
    }
    Term term;
    if (!least_term(term)) {
      // What was checked when the terms were counted may read otherwise now, on a disk that decays.
      if (writer_->terms() == terms_) return false;
      return inputs_.front().run->refuse("it has fewer terms than when they were counted");
    }
    if (writer_->terms() == terms_) {
      return inputs_.front().run->refuse("it has more terms than when they were counted");
    }
    ESKER_TRY(begin_term());
    ESKER_TRY(advance(term));
  }
  return true;
}

/// Takes up the least term. When it has one posting it is done with that.
Result<void> Merge::begin_term() {
  Term term;
  ESKER_ASSERT(least_term(term));
  parts_.clear();
  part_ = 0;
  block_ = 0;
  postings_end_ = 0;
  std::uint64_t postings = 0;
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    if (cursors_[i].at_end() || cursors_[i].entry().term != term) continue;
    const TermEntry& entry = cursors_[i].entry();
    ESKER_TRY(const std::uint32_t count, cursors_[i].count());
    if (count > inputs_[i].run->footer().positions()) {
      return inputs_[i].run->refuse("a term has more postings than there are positions");
    }
    parts_.push_back({i, entry, count});
    postings += count;
  }
  if (postings > 1) return writer_->begin_list(term, static_cast<std::uint32_t>(postings));
  std::array<Posting, kBlockPostings> block;
  const Part part = parts_.front();
  parts_.clear();
  ESKER_TRY(const std::size_t count, inputs_[part.input].run->copy_block(part.entry, 0, block));
  ESKER_ASSERT_VALUES(count == 1, count);
  return writer_->add(term, static_cast<Posting>(block[0] + distance(part.input)));
}

/// Copies a block of the current term's lists. Lists of later inputs have later positions, so one follows the other.
Result<void> Merge::copy_block() {
  std::array<Posting, kBlockPostings> block;
  Part& part = parts_[part_];
  const Run& run = *inputs_[part.input].run;
  ESKER_TRY(const std::size_t count, run.copy_block(part.entry, block_++, block));
  if (count == 0 || count > part.left)
    return run.refuse("a list has not as many postings as it says");
  const std::uint64_t rebase = distance(part.input);
  for (Posting& posting : std::span(block).first(count)) {
    const std::uint64_t rebased = posting + rebase;
    if (rebased < postings_end_) return run.refuse("the postings of a list do not ascend");
    postings_end_ = rebased + 1;
    posting = static_cast<Posting>(rebased);
  }
  part.left -= static_cast<std::uint32_t>(count);
  if (part.left == 0) {
    ++part_;
    block_ = 0;
  }
  return writer_->append(std::span(block).first(count));
}

}  // namespace esker::index
