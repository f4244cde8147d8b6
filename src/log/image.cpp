#include "log/image.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace esker::log {
namespace {

constexpr io::Site kMap{"log.map_compressed"};

/// A claimed block: whatever happens to who has claimed it, others go on.
class Claim {
 public:
  Claim(std::atomic<std::uint8_t>& state, std::uint8_t otherwise)
      : state_(state), next_(otherwise) {}
  ~Claim() {
    state_.store(next_, std::memory_order_release);
    state_.notify_all();
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  void succeed(std::uint8_t next) { next_ = next; }

 private:
  std::atomic<std::uint8_t>& state_;
  std::uint8_t next_;
};

}  // namespace

Result<std::unique_ptr<Image>> Image::open(io::File& file, const format::CompressedHeader& header,
                                           std::shared_ptr<DecodedMemory> memory) {
  ESKER_TRY(std::shared_ptr<const io::Mapping> mapping, file.map(header.file_bytes, kMap));
  return std::unique_ptr<Image>(
      new Image(file.name(), header, std::move(mapping), std::move(memory)));
}

Image::Image(std::string path, const format::CompressedHeader& header,
             std::shared_ptr<const io::Mapping> mapping, std::shared_ptr<DecodedMemory> memory)
    : mapping_(std::move(mapping)),
      memory_(std::move(memory)),
      file_(path, header, CompressedFile::from_mapping(path, mapping_)),
      reserved_(header.image_bytes()),
      states_(header.blocks()) {}

Image::~Image() { retire(); }

std::unique_ptr<Image> Image::fresh() const {
  return std::unique_ptr<Image>(new Image(file_.path(), file_.header(), mapping_, memory_));
}

Result<void> Image::need(std::uint64_t begin, std::uint64_t end) const {
  ESKER_ASSERT_VALUES(begin <= end && end <= header().image_bytes(), begin, end);
  const std::uint64_t block_bytes = header().block_bytes;
  for (std::uint64_t at = begin; at < end; at = (at / block_bytes + 1) * block_bytes) {
    ESKER_TRY(need_block(at / block_bytes));
  }
  // Written only when it changes, so that readers do not take the line from each other.
  const std::uint64_t now = memory_->ticks();
  if (last_used() != now) last_used_.store(now, std::memory_order_relaxed);
  return ok();
}

std::uint64_t Image::need_first(std::uint64_t begin, std::uint64_t end) const {
  const std::uint64_t block_bytes = header().block_bytes;
  for (std::uint64_t at = begin; at < end;) {
    const std::uint64_t next = std::min(end, (at / block_bytes + 1) * block_bytes);
    if (!need(at, next)) return at;
    at = next;
  }
  return end;
}

Result<void> Image::need_block(std::uint64_t index) const {
  std::atomic<std::uint8_t>& state = states_[index];
  if (state.load(std::memory_order_acquire) == decoded) return ok();
  while (true) {
    std::uint8_t was = absent;
    if (state.compare_exchange_strong(was, decoding, std::memory_order_acquire)) break;
    if (was == decoded) return ok();
    state.wait(decoding, std::memory_order_acquire);
  }
  Claim claim(state, absent);
  const std::uint32_t bytes = header().bytes_of_block(index);
  DecodedMemory::Decoder decoder(*memory_);
  ESKER_TRY(file_.decode(index, reserved_.bytes().subspan(index * header().block_bytes, bytes),
                         *decoder));
  claim.succeed(decoded);
  if (!retired_.load(std::memory_order_relaxed)) {
    // In this order, so that never more is taken back than has been added. Should it be retired in between, its end takes it back.
    memory_->add(bytes);
    decoded_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  return ok();
}

void Image::retire() const {
  retired_.store(true, std::memory_order_relaxed);
  memory_->subtract(decoded_bytes_.exchange(0, std::memory_order_relaxed));
}

void Image::will_read(std::uint64_t begin, std::uint64_t end) const {
  const CompressedFile::Range stored = file_.stored(begin, end);
  if (stored.begin < stored.end) mapping_->will_read(stored.begin, stored.end);
}

bool Image::in_memory(std::uint64_t offset) const {
  if (states_[offset / header().block_bytes].load(std::memory_order_relaxed) == decoded)
    return true;
  const CompressedFile::Range stored = file_.stored(offset, offset + 1);
  return stored.begin < stored.end && mapping_->in_memory(stored.begin);
}

}  // namespace esker::log
