#include "esker/tags.hpp"

#include <algorithm>
#include <limits>

#include "base/byte_order.hpp"

namespace esker {
namespace {

// format-spec.md, "Tags": each a length and so many bytes.
using Length = std::uint16_t;

std::size_t length_at(const std::byte* at) {
  return base::load_le<Length>(std::span(at, sizeof(Length)), 0);
}

}  // namespace

std::string_view TagsView::Iterator::operator*() const {
  return {reinterpret_cast<const char*>(at_ + sizeof(Length)),
          length_at(at_)};  // bytes may alias anything
}

TagsView::Iterator& TagsView::Iterator::operator++() {
  at_ += sizeof(Length) + length_at(at_);
  return *this;
}

std::optional<TagsView> TagsView::parse(std::span<const std::byte> encoded) {
  for (std::span<const std::byte> rest = encoded; !rest.empty();) {
    if (rest.size() < sizeof(Length)) return std::nullopt;
    const std::size_t length = length_at(rest.data());
    if (length > rest.size() - sizeof(Length)) return std::nullopt;
    rest = rest.subspan(sizeof(Length) + length);
  }
  return TagsView(encoded);
}

std::size_t TagsView::size() const {
  return static_cast<std::size_t>(std::distance(begin(), end()));
}

bool TagsView::contains(std::string_view tag) const {
  return std::find(begin(), end(), tag) != end();
}

void Tags::add(std::string_view tag) {
  tag = tag.substr(0, std::numeric_limits<Length>::max());
  const std::size_t at = encoded_.size();
  encoded_.resize(at + sizeof(Length));
  base::store_le(std::span(encoded_), at, static_cast<Length>(tag.size()));
  const auto bytes = std::as_bytes(std::span(tag.data(), tag.size()));
  encoded_.insert(encoded_.end(), bytes.begin(), bytes.end());
}

}  // namespace esker
