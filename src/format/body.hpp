#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/byte_order.hpp"
#include "esker/event.hpp"
#include "esker/types.hpp"
#include "esker/uuid.hpp"

namespace esker::format {

/// Counts the bytes of a body; the same calls as `BodyWriter`, so that a message's layout is written down once.
class BodyCounter {
 public:
  template <std::unsigned_integral T>
  void number(T /*value*/) {
    bytes_ += sizeof(T);
  }
  template <class Tag>
  void number(Number<Tag> /*value*/) {
    bytes_ += sizeof(std::uint64_t);
  }
  void uuid(const Uuid& /*value*/) { bytes_ += Uuid::kBytes; }
  void bytes(std::span<const std::byte> value) { bytes_ += value.size(); }
  void text(std::string_view value) { bytes_ += value.size(); }

  [[nodiscard]] std::size_t count() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

/// Writes fields one after the other. The caller has made the room that `BodyCounter` counted.
class BodyWriter {
 public:
  explicit BodyWriter(std::span<std::byte> into) : into_(into) {}

  template <std::unsigned_integral T>
  void number(T value) {
    base::store_le(into_, at_, value);
    at_ += sizeof(T);
  }
  template <class Tag>
  void number(Number<Tag> value) {
    number(value.value());
  }
  void uuid(const Uuid& value) { bytes(value.bytes()); }
  void bytes(std::span<const std::byte> value) {
    if (!value.empty())
      std::memcpy(into_.subspan(at_, value.size()).data(), value.data(), value.size());
    at_ += value.size();
  }
  void text(std::string_view value) { bytes(as_bytes(value)); }

  [[nodiscard]] std::size_t written() const { return at_; }

 private:
  std::span<std::byte> into_;
  std::size_t at_ = 0;
};

/// Reads fields one after the other. Beyond the end everything reads as zero or empty and `intact` says so: asked once, at the end.
class BodyReader {
 public:
  explicit BodyReader(std::span<const std::byte> body) : rest_(body) {}

  template <std::unsigned_integral T>
  T number() {
    const std::span<const std::byte> field = bytes(sizeof(T));
    return field.empty() ? T{0} : base::load_le<T>(field, 0);
  }
  template <class Strong>
  Strong strong() {
    return Strong(number<std::uint64_t>());
  }
  Uuid uuid() {
    std::array<std::byte, Uuid::kBytes> value{};
    const std::span<const std::byte> field = bytes(value.size());
    if (!field.empty()) std::memcpy(value.data(), field.data(), value.size());
    return Uuid(value);
  }
  std::span<const std::byte> bytes(std::size_t count) {
    if (count > rest_.size()) {
      intact_ = false;
      rest_ = {};
      return {};
    }
    const std::span<const std::byte> field = rest_.first(count);
    rest_ = rest_.subspan(count);
    return field;
  }
  std::string_view text(std::size_t count) { return as_text(bytes(count)); }
  std::span<const std::byte> rest() { return bytes(rest_.size()); }

  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  /// False when something was read beyond the end.
  [[nodiscard]] bool intact() const { return intact_; }
  /// True when all was read, and nothing beyond.
  [[nodiscard]] bool complete() const { return intact_ && rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
  bool intact_ = true;
};

}  // namespace esker::format
