#include "format/block_packing.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/byte_order.hpp"
#include "esker/uuid.hpp"
#include "format/record.hpp"
#include "format/record_layout.hpp"

namespace esker::format {
namespace {

/// In a text: begins what is no text. No UTF-8 has this byte.
constexpr std::byte kEscape{0xf5};
// What follows it; more than `kNewId` is an id that was there before, counted backwards from the newest.
constexpr std::uint8_t kTheByteItself = 0;
constexpr std::uint8_t kNewId = 1;
constexpr std::size_t kIdsBackMax = 255 - kNewId;

// Before each part behind the first record's begin.
constexpr std::byte kRest{0};            // the rest of the block is text
constexpr std::byte kRecord{1};          // a whole record
constexpr std::byte kRecordChecksum{2};  // the same, whose checksum is not what it should be

constexpr std::size_t kUuidTextBytes = 36;
constexpr std::size_t kVarintBytesMax = 10;

using namespace record_layout;

bool is_dash(std::size_t place) { return place == 8 || place == 13 || place == 18 || place == 23; }

int hex_digit(std::byte byte) {
  const auto c = static_cast<char>(byte);
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// The UUID whose text the bytes begin with, in lower case.
std::optional<std::array<std::byte, Uuid::kBytes>> uuid_at(std::span<const std::byte> bytes) {
  if (bytes.size() < kUuidTextBytes || bytes[8] != std::byte{'-'}) return std::nullopt;
  std::array<std::byte, Uuid::kBytes> id{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < kUuidTextBytes; ++i) {
    if (is_dash(i)) {
      if (bytes[i] != std::byte{'-'}) return std::nullopt;
      continue;
    }
    const int digit = hex_digit(bytes[i]);
    if (digit < 0) return std::nullopt;
    id[digits / 2] = id[digits / 2] << 4 | std::byte(digit);
    ++digits;
  }
  return id;
}

/// "00" to "ff".
constexpr auto kHex = [] {
  std::array<std::array<char, 2>, 256> table{};
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < 256; ++i) table[i] = {kDigits[i >> 4], kDigits[i & 15]};
  return table;
}();

void write_uuid(std::span<const std::byte> id, std::byte* out) {
  for (std::size_t i = 0; i < Uuid::kBytes; ++i) {
    std::memcpy(out, kHex[static_cast<std::size_t>(id[i])].data(), 2);
    out += 2;
    if (i == 3 || i == 5 || i == 7 || i == 9) *out++ = std::byte{'-'};
  }
}

/// Of the record before, what the next one's numbers are told by.
struct Before {
  std::uint64_t position = 0;  ///< One more than it.
  std::uint64_t time = 0;
};

/// The checksum that a whole record should have.
std::uint32_t checksum_of(std::span<const std::byte> record, Salt salt, FileOffset offset) {
  return crc32c_extend(place_seed(salt, offset), record.subspan(kRecordCheckedBegin));
}

std::uint64_t padded_length(std::uint32_t length) {
  return (std::uint64_t{length} + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

class Packer {
 public:
  Packer(std::span<const std::byte> image, const BlockPosition& position)
      : image_(image), position_(position) {}

  PackedBlock pack() {
    const std::size_t first = std::min(position_.first_record, image_.size());
    put_number(first);
    put_text(image_.first(first));
    std::size_t at = first;
    while (at < image_.size()) {
      const std::size_t bytes = record_bytes(at);
      if (bytes == 0) {
        packed_.text.push_back(kRest);
        put_text(image_.subspan(at));
        break;
      }
      put_record(at, bytes);
      at += bytes;
    }
    return std::move(packed_);
  }

 private:
  /// How long the record is that begins here and ends in this block; 0: none does.
  [[nodiscard]] std::size_t record_bytes(std::size_t at) const {
    const std::span<const std::byte> rest = image_.subspan(at);
    if (rest.size() < kRecordHeaderBytes) return 0;
    const auto length = base::load_le<std::uint32_t>(rest, kLength);
    if (length < kRecordHeaderBytes || padded_length(length) > rest.size()) return 0;
    return padded_length(length);
  }

  void put_record(std::size_t at, std::size_t bytes) {
    const std::span<const std::byte> record = image_.subspan(at, bytes);
    const auto checksum = base::load_le<std::uint32_t>(record, 0);
    if (checksum == checksum_of(record, position_.salt, position_.begin.plus(at))) {
      packed_.text.push_back(kRecord);
    } else {
      packed_.text.push_back(kRecordChecksum);
      put_number(checksum);
    }
    const auto position = base::load_le<std::uint64_t>(record, kPosition);
    const auto time = base::load_le<std::uint64_t>(record, kTime);
    put_number(base::load_le<std::uint32_t>(record, kLength));
    put_number(base::load_le<std::uint16_t>(record, kStreamBytes));
    put_number(base::load_le<std::uint16_t>(record, kTypeBytes));
    put_number(base::load_le<std::uint16_t>(record, kTagsBytes));
    put_number(base::load_le<std::uint32_t>(record, kDataBytes));
    put_number(base::load_le<std::uint16_t>(record, kFlags));
    put_number(base::load_le<std::uint32_t>(record, kDurableLag));
    put_number(base::load_le<std::uint64_t>(record, kVersion));
    put_number(position - before_.position);
    put_number(time - before_.time);
    before_ = {position + 1, time};
    put_id(record.subspan(kId, Uuid::kBytes));
    put_text(record.subspan(kRecordHeaderBytes));
  }

  void put_text(std::span<const std::byte> bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      if (const auto id = uuid_at(bytes.subspan(at))) {
        put_known_id(*id);
        at += kUuidTextBytes;
        continue;
      }
      packed_.text.push_back(bytes[at]);
      if (bytes[at] == kEscape) packed_.text.push_back(std::byte{kTheByteItself});
      ++at;
    }
  }

  /// An id in the text: told by how far back it was, or as a new one.
  void put_known_id(const std::array<std::byte, Uuid::kBytes>& id) {
    packed_.text.push_back(kEscape);
    const std::size_t count = packed_.ids.size() / Uuid::kBytes;
    for (std::size_t back = 1; back <= std::min(count, kIdsBackMax); ++back) {
      const auto known =
          std::span(packed_.ids).subspan((count - back) * Uuid::kBytes, Uuid::kBytes);
      if (!std::ranges::equal(known, id)) continue;
      packed_.text.push_back(static_cast<std::byte>(kNewId + back));
      return;
    }
    packed_.text.push_back(std::byte{kNewId});
    put_id(id);
  }

  void put_id(std::span<const std::byte> id) {
    packed_.ids.insert(packed_.ids.end(), id.begin(), id.end());
  }

  void put_number(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) {
      packed_.text.push_back(static_cast<std::byte>(number & 0x7f) | std::byte{0x80});
    }
    packed_.text.push_back(static_cast<std::byte>(number));
  }

  const std::span<const std::byte> image_;
  const BlockPosition& position_;
  PackedBlock packed_;
  Before before_;
};

class Unpacker {
 public:
  Unpacker(std::span<const std::byte> text, std::span<const std::byte> ids, Salt salt,
           FileOffset begin, std::span<std::byte> image)
      : text_(text), ids_(ids), salt_(salt), begin_(begin), image_(image) {}

  bool unpack() {
    const std::uint64_t first = take_number();
    if (bad_ || first > image_.size()) return false;
    take_text(first);
    while (!bad_ && at_ < image_.size()) {
      if (text_.empty()) return false;
      const std::byte kind = text_.front();
      text_ = text_.subspan(1);
      if (kind == kRest) {
        take_text(image_.size() - at_);
      } else if (kind == kRecord || kind == kRecordChecksum) {
        take_record(kind);
      } else {
        return false;
      }
    }
    return !bad_ && text_.empty() && next_id_ == ids_.size();
  }

 private:
  void take_record(std::byte kind) {
    const std::uint64_t checksum = kind == kRecordChecksum ? take_number() : 0;
    const std::uint64_t length = take_number();
    const std::size_t begin = at_;
    if (length < kRecordHeaderBytes || length > image_.size() ||
        padded_length(static_cast<std::uint32_t>(length)) > image_.size() - begin) {
      bad_ = true;
      return;
    }
    const std::span<std::byte> record =
        image_.subspan(begin, padded_length(static_cast<std::uint32_t>(length)));
    base::store_le(record, kLength, static_cast<std::uint32_t>(length));
    base::store_le(record, kStreamBytes, static_cast<std::uint16_t>(take_number()));
    base::store_le(record, kTypeBytes, static_cast<std::uint16_t>(take_number()));
    base::store_le(record, kTagsBytes, static_cast<std::uint16_t>(take_number()));
    base::store_le(record, kDataBytes, static_cast<std::uint32_t>(take_number()));
    base::store_le(record, kFlags, static_cast<std::uint16_t>(take_number()));
    base::store_le(record, kDurableLag, static_cast<std::uint32_t>(take_number()));
    base::store_le(record, kVersion, take_number());
    const std::uint64_t position = before_.position + take_number();
    const std::uint64_t time = before_.time + take_number();
    before_ = {position + 1, time};
    base::store_le(record, kPosition, position);
    base::store_le(record, kTime, time);
    std::ranges::copy(take_id(), record.begin() + kId);
    at_ += kRecordHeaderBytes;
    take_text(record.size() - kRecordHeaderBytes);
    if (bad_) return;
    base::store_le(record, 0,
                   kind == kRecord ? checksum_of(record, salt_, begin_.plus(begin))
                                   : static_cast<std::uint32_t>(checksum));
  }

  /// So many bytes of the image.
  void take_text(std::size_t bytes) {
    while (bytes > 0 && !bad_) {
      const std::size_t reach = std::min(bytes, text_.size());
      const void* const escape =
          reach == 0 ? nullptr : std::memchr(text_.data(), static_cast<int>(kEscape), reach);
      const std::size_t run =
          escape == nullptr
              ? reach
              : static_cast<std::size_t>(static_cast<const std::byte*>(escape) - text_.data());
      if (run > 0) std::memcpy(image_.data() + at_, text_.data(), run);
      text_ = text_.subspan(run);
      at_ += run;
      bytes -= run;
      if (bytes > 0) bytes -= take_escaped(bytes);
    }
  }

  /// Returns how many bytes it stands for.
  std::size_t take_escaped(std::size_t bytes_max) {
    if (text_.size() < 2) return bad_ = true, 0;
    const auto code = static_cast<std::uint8_t>(text_[1]);
    text_ = text_.subspan(2);
    if (code == kTheByteItself) return image_[at_++] = kEscape, 1;
    if (bytes_max < kUuidTextBytes) return bad_ = true, 0;
    std::span<const std::byte> id;
    if (code == kNewId) {
      id = take_id();
    } else {
      const std::size_t back = (code - std::size_t{kNewId}) * Uuid::kBytes;
      if (back > next_id_) return bad_ = true, 0;
      id = ids_.subspan(next_id_ - back, Uuid::kBytes);
    }
    if (bad_) return 0;
    write_uuid(id, image_.data() + at_);
    at_ += kUuidTextBytes;
    return kUuidTextBytes;
  }

  std::span<const std::byte> take_id() {
    static constexpr std::array<std::byte, Uuid::kBytes> kNone{};
    if (ids_.size() - next_id_ < Uuid::kBytes) {
      bad_ = true;
      return kNone;
    }
    next_id_ += Uuid::kBytes;
    return ids_.subspan(next_id_ - Uuid::kBytes, Uuid::kBytes);
  }

  std::uint64_t take_number() {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < std::min(text_.size(), kVarintBytesMax); ++i) {
      const auto byte = static_cast<std::uint8_t>(text_[i]);
      number |= std::uint64_t{byte & 0x7fU} << (7 * i);
      if ((byte & 0x80) != 0) continue;
      text_ = text_.subspan(i + 1);
      return number;
    }
    bad_ = true;
    return 0;
  }

  std::span<const std::byte> text_;  // what is left of it
  const std::span<const std::byte> ids_;
  const Salt salt_;
  const FileOffset begin_;
  const std::span<std::byte> image_;
  std::size_t at_ = 0;       // so much of the image is there
  std::size_t next_id_ = 0;  // offset in `ids_`
  Before before_;
  bool bad_ = false;
};

}  // namespace

PackedBlock pack_block(std::span<const std::byte> image, const BlockPosition& position) {
  return Packer(image, position).pack();
}

bool unpack_block(std::span<const std::byte> text, std::span<const std::byte> ids, Salt salt,
                  FileOffset begin, std::span<std::byte> image) {
  return Unpacker(text, ids, salt, begin, image).unpack();
}

}  // namespace esker::format
