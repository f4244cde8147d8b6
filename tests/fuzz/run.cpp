// A damaged run: every search answers with postings of its segment, or says that the run is damaged.

#include "index/run.hpp"

#include <array>

#include "fuzz/damaged_store.hpp"
#include "index/run_format.hpp"

namespace esker::fuzz {
namespace {

constexpr std::string_view kName = "0000000000000001.run";

index::RunFooter footer_of(std::span<const std::byte> bytes) {
  return index::parse_run_footer(bytes.last<index::kRunFooterBytes>(), bytes.size()).value();
}

/// The terms of the good run's table, as the bytes stand there.
std::vector<index::Term> terms_of(std::span<const std::byte> bytes,
                                  const index::RunFooter& footer) {
  std::vector<index::Term> terms;
  for (std::uint64_t i = 0; i < footer.terms; ++i) {
    const auto entry = bytes.subspan(index::kRunHeaderBytes + i * index::kTermEntryBytes);
    terms.push_back(
        {base::load_le<std::uint64_t>(entry, 0), base::load_le<std::uint64_t>(entry, 8)});
  }
  return terms;
}

void search(const index::Run& run, const index::Term& term, const index::RunFooter& footer) {
  const std::uint64_t events = footer.positions();
  std::array<index::Posting, 256> postings;
  for (const Direction direction : {Direction::forwards, Direction::backwards}) {
    const Result<std::size_t> found = run.copy({term, direction, 0, events}, postings);
    if (!found) {
      require(found.assume_error().code() == Errc::corrupt, "damage is named so");
      require(run.damaged(), "and remembered");
      return;
    }
    for (std::size_t i = 0; i < found.assume_value(); ++i) {
      require(postings[i] < events, "a posting lies in the segment");
    }
  }
}

void try_run(Input input) {
  static const std::vector<std::byte> good = good_store().disk->bytes(kName);
  static const index::RunFooter footer = footer_of(good);
  static const std::vector<index::Term> terms = terms_of(good, footer);
  const std::unique_ptr<sim::SimDisk> disk = damaged_store(input, kName);
  const std::unique_ptr<io::Directory> directory = disk->open_directory();
  const Result<std::shared_ptr<index::Run>> run =
      index::Run::open(*directory, footer.store, footer.key);
  if (!run) return;
  for (std::size_t i = 0; i < terms.size(); i += 7) search(*run.assume_value(), terms[i], footer);
  search(*run.assume_value(), {1, 2}, footer);
  static_cast<void>(
      run.assume_value()
          ->may_contain(std::span(terms).first(std::min<std::size_t>(64, terms.size())))
          .has_value());
}

}  // namespace
}  // namespace esker::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  esker::fuzz::try_run({data, size});
  return 0;
}
