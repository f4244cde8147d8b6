#include "format/block_codec.hpp"

#include <zdict.h>
#include <zstd.h>

#include <algorithm>
#include <new>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "esker/uuid.hpp"
#include "format/checksum.hpp"

namespace esker::format {
namespace {

/// zstd makes no dictionary worth having of less.
constexpr std::size_t kSamplesMin = 64;

/// Before the ids of a packed block.
constexpr std::size_t kIdsCountBytes = 4;

template <class T>
T* made(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

struct FreeZstd {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
  void operator()(ZSTD_DDict* dictionary) const { ZSTD_freeDDict(dictionary); }
};

template <class T>
using Owned = std::unique_ptr<T, FreeZstd>;

}  // namespace

std::vector<std::byte> train_dictionary(std::span<const std::byte> samples,
                                        std::span<const std::size_t> sizes, std::size_t bytes_max) {
  std::vector<std::byte> dictionary;
  if (sizes.size() < kSamplesMin) return dictionary;
  dictionary.resize(std::min<std::size_t>(bytes_max, kDictionaryBytesMax));
  const std::size_t bytes =
      ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), samples.data(), sizes.data(),
                            static_cast<unsigned>(sizes.size()));
  dictionary.resize(ZDICT_isError(bytes) != 0 ? 0 : bytes);
  return dictionary;
}

struct BlockEncoder::Zstd {
  Owned<ZSTD_CCtx> context;
  Owned<ZSTD_CDict> dictionary;
};

BlockEncoder::BlockEncoder(std::span<const std::byte> dictionary, int level)
    : zstd_(std::make_unique<Zstd>()) {
  zstd_->context.reset(made(ZSTD_createCCtx()));
  zstd_->dictionary.reset(made(ZSTD_createCDict(dictionary.data(), dictionary.size(), level)));
}

BlockEncoder::~BlockEncoder() = default;

BlockEntry BlockEncoder::encode(std::span<const std::byte> image, const BlockPosition& position,
                                std::vector<std::byte>& out) {
  ESKER_ASSERT_VALUES(!image.empty() && image.size() <= kBlockBytesMax, image.size());
  if (base::is_zero(image)) return {};
  const PackedBlock packed = pack_block(image, position);
  const std::size_t begin = out.size();
  const std::size_t ids_end = begin + kIdsCountBytes + packed.ids.size();
  out.resize(ids_end + ZSTD_compressBound(packed.text.size()));
  const std::span<std::byte> stored = std::span(out).subspan(begin);
  base::store_le(stored, 0, static_cast<std::uint32_t>(packed.ids.size() / Uuid::kBytes));
  std::ranges::copy(packed.ids, stored.begin() + kIdsCountBytes);
  const std::size_t bytes =
      ZSTD_compress_usingCDict(zstd_->context.get(), out.data() + ids_end, out.size() - ids_end,
                               packed.text.data(), packed.text.size(), zstd_->dictionary.get());
  // With room for the worst case, only want of memory makes it fail.
  if (ZSTD_isError(bytes) != 0) throw std::bad_alloc();
  BlockEntry entry{BlockKind::packed, static_cast<std::uint32_t>(ids_end - begin + bytes), 0};
  if (entry.stored_bytes >= image.size()) {
    entry = {BlockKind::plain, static_cast<std::uint32_t>(image.size()), 0};
    std::ranges::copy(image, stored.begin());
  }
  out.resize(begin + entry.stored_bytes);
  entry.checksum = crc32c(std::span(out).subspan(begin));
  return entry;
}

struct BlockDictionary::Zstd {
  Owned<ZSTD_DDict> dictionary;
};

BlockDictionary::BlockDictionary(std::span<const std::byte> dictionary)
    : zstd_(std::make_unique<Zstd>()) {
  zstd_->dictionary.reset(made(ZSTD_createDDict(dictionary.data(), dictionary.size())));
}

BlockDictionary::~BlockDictionary() = default;

struct BlockDecoder::Zstd {
  Owned<ZSTD_DCtx> context;
};

BlockDecoder::BlockDecoder() : zstd_(std::make_unique<Zstd>()) {
  zstd_->context.reset(made(ZSTD_createDCtx()));
}

BlockDecoder::~BlockDecoder() = default;

Result<void> BlockDecoder::decode(const BlockEntry& entry, std::span<const std::byte> stored,
                                  const BlockDictionary& dictionary, Salt salt, FileOffset begin,
                                  std::span<std::byte> image) {
  if (stored.size() != entry.stored_bytes || crc32c(stored) != entry.checksum) {
    return Error(Errc::corrupt, "a block's checksum does not match");
  }
  switch (entry.kind) {
    case BlockKind::zeros:
      std::ranges::fill(image, std::byte{0});
      return ok();
    case BlockKind::plain:
      if (stored.size() != image.size()) break;
      std::ranges::copy(stored, image.begin());
      return ok();
    case BlockKind::packed:
      if (decode_packed(stored, dictionary, salt, begin, image)) return ok();
      break;
  }
  return Error(Errc::corrupt, "a block cannot be decoded");
}

bool BlockDecoder::decode_packed(std::span<const std::byte> stored,
                                 const BlockDictionary& dictionary, Salt salt, FileOffset begin,
                                 std::span<std::byte> image) {
  if (stored.size() < kIdsCountBytes) return false;
  const std::uint64_t ids = base::load_le<std::uint32_t>(stored, 0);
  if (ids > (stored.size() - kIdsCountBytes) / Uuid::kBytes) return false;
  const std::size_t ids_end = kIdsCountBytes + ids * Uuid::kBytes;
  const std::span<const std::byte> frame = stored.subspan(ids_end);
  const unsigned long long bytes = ZSTD_getFrameContentSize(frame.data(), frame.size());
  // Unknown or wrong is more than this, too.
  if (bytes > packed_text_bytes_max(image.size())) return false;
  if (text_.size() < bytes) text_.resize(bytes);
  const std::size_t made =
      ZSTD_decompress_usingDDict(zstd_->context.get(), text_.data(), bytes, frame.data(),
                                 frame.size(), dictionary.zstd_->dictionary.get());
  if (ZSTD_isError(made) != 0 || made != bytes) return false;
  return unpack_block(std::span<const std::byte>(text_).first(bytes),
                      stored.subspan(kIdsCountBytes, ids_end - kIdsCountBytes), salt, begin, image);
}

}  // namespace esker::format
