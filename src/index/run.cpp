#include "index/run.hpp"

#include <array>
#include <utility>

#include "base/assert.hpp"
#include "index/run_search.hpp"
#include "io/guarded_read.hpp"

namespace esker::index {
namespace {

constexpr io::Site kRunOpen{"index.run_open"};
constexpr io::Site kRunSize{"index.run_size"};
constexpr io::Site kFooterRead{"index.run_footer_read"};
constexpr io::Site kRunMap{"index.run_map"};

Error corrupt(const std::string& name, const std::string& reason) {
  return {Errc::corrupt, name + ": " + reason + "; the run is made again from its segment"};
}

const char* reason_of(RunReadFault fault) {
  switch (fault) {
    case RunReadFault::page_table:
      return "the page table's checksum does not match";
    case RunReadFault::page:
      return "the page's checksum does not match";
    default:
      return "the numbers here do not go together";
  }
}

}  // namespace

Result<std::shared_ptr<Run>> Run::open(io::Directory& directory, const Uuid& store,
                                       const SegmentKey& segment) {
  ESKER_TRY(const auto file,
            directory.open(run_file_name(segment.id), io::OpenMode::read_only, kRunOpen));
  ESKER_TRY(const std::uint64_t bytes, file->size(kRunSize));
  if (bytes < kRunHeaderBytes + kRunFooterBytes) {
    return corrupt(file->name(), "the file is only " + std::to_string(bytes) + " bytes long");
  }
  std::array<std::byte, kRunFooterBytes> footer_bytes;
  ESKER_TRY(file->read_at(FileOffset(bytes - kRunFooterBytes), footer_bytes, kFooterRead));
  auto footer = parse_run_footer(footer_bytes, bytes);
  if (!footer && footer.error().code() == Errc::not_supported) {
    return Error(Errc::not_supported, file->name() + ": " + footer.error().message());
  }
  if (!footer) return corrupt(file->name(), footer.error().message());
  if (footer.value().store != store) {
    return corrupt(file->name(), "it belongs to store " + footer.value().store.to_string());
  }
  if (footer.value().segment != segment) {
    return corrupt(file->name(), "it was made of another segment than the one that is there");
  }
  ESKER_TRY(auto mapping, file->map(bytes, kRunMap));
  return std::shared_ptr<Run>(new Run(file->name(), footer.value(), std::move(mapping)));
}

Run::Run(std::string name, const RunFooter& footer, std::unique_ptr<io::Mapping> mapping)
    : name_(std::move(name)),
      footer_(footer),
      mapping_(std::move(mapping)),
      pages_(mapping_->bytes(), footer_) {}

template <class Search>
Result<void> Run::guarded(Search& search) const {
  const bool readable =
      io::guarded_read([](void* context) { static_cast<Search*>(context)->run(); }, &search);
  const RunPages::Fault& fault = search.fault();
  if (!readable) {
    damaged_.store(true, std::memory_order_relaxed);
    return Error(Errc::io_error, name_ + ": offset " + std::to_string(fault.offset) +
                                     " could not be read; the run is made again from its segment");
  }
  if (fault.kind != RunReadFault::none) {
    damaged_.store(true, std::memory_order_relaxed);
    return corrupt(name_,
                   "at offset " + std::to_string(fault.offset) + " " + reason_of(fault.kind));
  }
  return ok();
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

}  // namespace esker::index
