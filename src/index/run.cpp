#include "index/run.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"
#include "index/run_search.hpp"
#include "index/term_search.hpp"
#include "io/guarded_read.hpp"

namespace esker::index {
namespace {

constexpr io::Site kRunOpen{"index.run_open"};
constexpr io::Site kRunSize{"index.run_size"};
constexpr io::Site kFooterRead{"index.run_footer_read"};
constexpr io::Site kRunMap{"index.run_map"};

constexpr const char* kRemedy = "; the run is made again from the log";

Error corrupt(const std::string& name, const std::string& reason) {
  return {Errc::corrupt, name + ": " + reason + kRemedy};
}

const char* reason_of(RunReadFault fault) {
  switch (fault) {
    case RunReadFault::page_table:
      return "a checksum of the page table does not match";
    case RunReadFault::page:
      return "the page's checksum does not match";
    default:
      return "the numbers here do not go together";
  }
}

}  // namespace

Result<RunFooter> Run::read_footer(io::File& file) {
  ESKER_TRY(const std::uint64_t bytes, file.size(kRunSize));
  if (bytes < kRunHeaderBytes + kRunFooterBytes) {
    return corrupt(file.name(), "the file is only " + std::to_string(bytes) + " bytes long");
  }
  std::array<std::byte, kRunFooterBytes> footer_bytes;
  ESKER_TRY(file.read_at(FileOffset(bytes - kRunFooterBytes), footer_bytes, kFooterRead));
  auto footer = parse_run_footer(footer_bytes, bytes);
  if (footer) return footer;
  if (footer.error().code() == Errc::not_supported) {
    return Error(Errc::not_supported, file.name() + ": " + footer.error().message());
  }
  return corrupt(file.name(), footer.error().message());
}

Result<std::shared_ptr<Run>> Run::open(io::Directory& directory, const Uuid& store,
                                       const RunKey& key) {
  const std::string name = run_file_name(key.first_segment, key.last_segment);
  ESKER_TRY(const auto file, directory.open(name, io::OpenMode::read_only, kRunOpen));
  ESKER_TRY(const RunFooter footer, read_footer(*file));
  if (footer.store != store) {
    return corrupt(file->name(), "it belongs to store " + footer.store.to_string());
  }
  if (footer.key != key) {
    return corrupt(file->name(), "it was made of other segments than those that are there");
  }
  ESKER_TRY(auto mapping, file->map(footer.file_bytes, kRunMap));
  return std::shared_ptr<Run>(new Run(file->name(), footer, std::move(mapping)));
}

Run::Run(std::string name, const RunFooter& footer, std::unique_ptr<io::Mapping> mapping)
    : name_(std::move(name)),
      footer_(footer),
      mapping_(std::move(mapping)),
      pages_(*mapping_, footer_) {}

template <class Search>
Result<void> Run::guarded(Search& search) const {
  const bool readable =
      io::guarded_read([](void* context) { static_cast<Search*>(context)->run(); }, &search);
  const RunPages::Fault& fault = search.fault();
  if (!readable) {
    damaged_.store(true, std::memory_order_relaxed);
    return Error(Errc::io_error, name_ + ": offset " + std::to_string(fault.offset) +
                                     " could not be read" + kRemedy);
  }
  if (fault.kind != RunReadFault::none) {
    damaged_.store(true, std::memory_order_relaxed);
    return corrupt(name_,
                   "at offset " + std::to_string(fault.offset) + " " + reason_of(fault.kind));
  }
  return ok();
}

Error Run::refuse(std::string_view reason) const {
  damaged_.store(true, std::memory_order_relaxed);
  return corrupt(name_, std::string(reason));
}

Result<std::size_t> Run::copy(const PostingQuery& query, std::span<Posting> into) const {
  RunSearch search(pages_, footer_, query, into);
  ESKER_TRY(guarded(search));
  return search.count();
}

Result<std::uint64_t> Run::may_contain(std::span<const Term> terms) const {
  ESKER_ASSERT(terms.size() <= 64);
  FilterSearch search(pages_, footer_, terms);
  ESKER_TRY(guarded(search));
  return search.bits();
}

bool Run::untouched(const Term& term) const {
  return FilterSearch(pages_, footer_, std::span(&term, 1)).untouched();
}

void Run::will_ask(const Term& term) const {
  FilterSearch(pages_, footer_, std::span(&term, 1)).will_run();
}

void Run::will_find(const Term& term) const { TermSearch::will_find(term, pages_, footer_); }

Result<std::size_t> Run::copy_terms(std::uint64_t first, std::span<TermEntry> into) const {
  struct {
    RunLists lists;
    std::uint64_t first;
    std::span<TermEntry> into;
    void run() {
      for (TermEntry& entry : into) {
        if (!lists.load_entry(first++, entry)) return;
      }
    }
    [[nodiscard]] const RunPages::Fault& fault() const { return lists.fault(); }
  } search{RunLists(pages_, footer_), first,
           into.first(std::min<std::uint64_t>(into.size(), footer_.terms - first))};
  ESKER_TRY(guarded(search));
  return search.into.size();
}

Result<std::uint32_t> Run::count(const TermEntry& entry) const {
  struct {
    RunLists lists;
    std::uint64_t place;
    RunLists::List list;
    void run() { static_cast<void>(lists.load_list(place, list)); }
    [[nodiscard]] const RunPages::Fault& fault() const { return lists.fault(); }
  } search{RunLists(pages_, footer_), entry.place, {}};
  if (entry.is_inline()) return 1;
  ESKER_TRY(guarded(search));
  return search.list.postings;
}

Result<std::size_t> Run::copy_block(const TermEntry& entry, std::uint32_t block,
                                    std::span<Posting, kBlockPostings> into) const {
  struct {
    RunLists lists;
    const TermEntry& entry;
    std::uint32_t block;
    std::span<Posting, kBlockPostings> into;
    std::size_t count;
    void run() {
      RunLists::List list;
      if (entry.is_inline()) {
        count = lists.load_inline(entry, into[0]) ? 1 : 0;
      } else if (lists.load_list(entry.place, list) && block < list.blocks) {
        static_cast<void>(lists.load_block(list, block, into, count));
      }
    }
    [[nodiscard]] const RunPages::Fault& fault() const { return lists.fault(); }
  } search{RunLists(pages_, footer_), entry, block, into, 0};
  ESKER_TRY(guarded(search));
  return search.count;
}

}  // namespace esker::index
