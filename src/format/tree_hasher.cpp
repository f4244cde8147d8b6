#include "format/tree_hasher.hpp"

#include <openssl/evp.h>

#include <bit>
#include <new>

#include "base/assert.hpp"
#include "format/body.hpp"

namespace esker::format {
namespace {

constexpr std::byte kLeaf{0};
constexpr std::byte kNode{1};
constexpr std::uint32_t kLeafCommitEnd = 1;
constexpr std::size_t kLeafHeaderBytes = 64;

EVP_MD_CTX* evp(void* context) { return static_cast<EVP_MD_CTX*>(context); }

std::uint32_t length(std::size_t bytes) {
  ESKER_ASSERT(bytes <= UINT32_MAX);
  return static_cast<std::uint32_t>(bytes);
}

}  // namespace

void TreeHasher::Free::operator()(void* context) const { EVP_MD_CTX_free(evp(context)); }

TreeHasher::TreeHasher() : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  // Every OpenSSL that can be linked has SHA-256; only this first call looks for it.
  const int done = EVP_DigestInit_ex2(evp(context_.get()), EVP_sha256(), nullptr);
  ESKER_ASSERT(done == 1);
}

TreeHash TreeHasher::empty() {
  begin();
  return end();
}

TreeHash TreeHasher::leaf(std::initializer_list<std::span<const std::byte>> parts) {
  return hash(kLeaf, parts);
}

TreeHash TreeHasher::leaf(const EventView& event, PlaceInCommit place) {
  std::array<std::byte, kLeafHeaderBytes> header;
  BodyWriter writer(header);
  writer.number(event.position);
  writer.number(event.version);
  writer.number(event.time);
  writer.uuid(event.id);
  writer.number(place == PlaceInCommit::last ? kLeafCommitEnd : 0U);
  writer.number(length(event.stream.size()));
  writer.number(length(event.type.size()));
  writer.number(length(event.tags.encoded().size()));
  writer.number(length(event.data.size()));
  writer.number(length(event.metadata.size()));
  ESKER_ASSERT(writer.written() == kLeafHeaderBytes);
  return leaf({header, as_bytes(event.stream), as_bytes(event.type), event.tags.encoded(),
               event.data, event.metadata});
}

TreeHash TreeHasher::leaf(const RecordView& record) {
  ESKER_ASSERT(!record.released);
  return leaf(record.event(), record.commit_end ? PlaceInCommit::last : PlaceInCommit::inside);
}

TreeHash TreeHasher::node(const TreeHash& left, const TreeHash& right) {
  return hash(kNode, {left.bytes(), right.bytes()});
}

TreeHash TreeHasher::hash(std::byte prefix,
                          std::initializer_list<std::span<const std::byte>> parts) {
  begin();
  add(std::span(&prefix, 1));
  for (const std::span<const std::byte> part : parts) add(part);
  return end();
}

void TreeHasher::begin() {
  // Without an algorithm the context keeps the one that it has.
  const int done = EVP_DigestInit_ex2(evp(context_.get()), nullptr, nullptr);
  ESKER_ASSERT(done == 1);
}

void TreeHasher::add(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const int done = EVP_DigestUpdate(evp(context_.get()), bytes.data(), bytes.size());
  ESKER_ASSERT(done == 1);
}

TreeHash TreeHasher::end() {
  std::array<unsigned char, TreeHash::kBytes> bytes;
  unsigned written = 0;
  const int done = EVP_DigestFinal_ex(evp(context_.get()), bytes.data(), &written);
  ESKER_ASSERT(done == 1);
  ESKER_ASSERT(written == bytes.size());
  return TreeHash(std::bit_cast<std::array<std::byte, TreeHash::kBytes>>(bytes));
}

}  // namespace esker::format

namespace esker {

TreeHash leaf_hash(const EventView& event, PlaceInCommit place) {
  return format::TreeHasher().leaf(event, place);
}

}  // namespace esker
