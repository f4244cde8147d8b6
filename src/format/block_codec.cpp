#include "format/block_codec.hpp"

#include <zdict.h>
#include <zstd.h>

#include <algorithm>
#include <new>

#include "base/assert.hpp"
#include "base/byte_order.hpp"
#include "format/checksum.hpp"

namespace esker::format {
namespace {

/// zstd makes no dictionary worth having of less.
constexpr std::size_t kSamplesMin = 64;

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

BlockEntry BlockEncoder::encode(std::span<const std::byte> image, std::vector<std::byte>& out) {
  ESKER_ASSERT_VALUES(!image.empty() && image.size() <= kBlockBytesMax, image.size());
  if (base::is_zero(image)) return {};
  const std::size_t begin = out.size();
  out.resize(begin + ZSTD_compressBound(image.size()));
  const std::size_t bytes =
      ZSTD_compress_usingCDict(zstd_->context.get(), out.data() + begin, out.size() - begin,
                               image.data(), image.size(), zstd_->dictionary.get());
  // With room for the worst case, only want of memory makes it fail.
  if (ZSTD_isError(bytes) != 0) throw std::bad_alloc();
  BlockEntry entry{BlockKind::zstd, static_cast<std::uint32_t>(bytes), 0};
  if (bytes >= image.size()) {
    entry = {BlockKind::plain, static_cast<std::uint32_t>(image.size()), 0};
    std::ranges::copy(image, out.begin() + static_cast<std::ptrdiff_t>(begin));
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
                                  const BlockDictionary& dictionary, std::span<std::byte> image) {
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
    case BlockKind::zstd: {
      const std::size_t bytes = ZSTD_decompress_usingDDict(
          zstd_->context.get(), image.data(), image.size(), stored.data(), stored.size(),
          dictionary.zstd_->dictionary.get());
      if (ZSTD_isError(bytes) == 0 && bytes == image.size()) return ok();
      break;
    }
  }
  return Error(Errc::corrupt, "a block cannot be decoded");
}

}  // namespace esker::format
