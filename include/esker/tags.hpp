#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace esker {

inline constexpr std::size_t kTagBytesMax = 256;    ///< format-spec.md, "Tags".
inline constexpr std::size_t kTagsOfEventMax = 64;  ///< format-spec.md, "Tags".

/// An event's tags as they stand in its record: a view of texts such as "course=c1", in the order in which they were given.
///
/// What a tag says is the application's business; by convention `name=value`. Events are found by their tags (`Query::items`). Valid as
/// long as the bytes that it views; any number of threads.
class TagsView {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    using reference = std::string_view;
    using pointer = void;

    Iterator() = default;
    std::string_view operator*() const;
    Iterator& operator++();
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    friend class TagsView;
    explicit Iterator(const std::byte* at) : at_(at) {}
    const std::byte* at_ = nullptr;
  };

  /// No tags.
  constexpr TagsView() = default;

  /// The tags that `encoded` holds; nothing when it is not of the form of format-spec.md, "Tags". How many there are, how long
  /// they are and what is in them is not looked at.
  static std::optional<TagsView> parse(std::span<const std::byte> encoded);

  [[nodiscard]] bool empty() const { return encoded_.empty(); }
  /// How many. Walks over them.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool contains(std::string_view tag) const;
  [[nodiscard]] Iterator begin() const { return Iterator(encoded_.data()); }
  [[nodiscard]] Iterator end() const { return Iterator(encoded_.data() + encoded_.size()); }

  /// As they stand in a record.
  [[nodiscard]] std::span<const std::byte> encoded() const { return encoded_; }

 private:
  friend class Tags;
  explicit TagsView(std::span<const std::byte> encoded) : encoded_(encoded) {}
  std::span<const std::byte> encoded_;
};

/// Tags to give to an event: owns what a `TagsView` views. `Tags{"course=c1", "student=s1"}`.
///
/// Takes any texts; whether an event may have them (at most 64, each of 1..256 bytes of UTF-8 without control characters, none twice) is
/// told by the append.
class Tags {
 public:
  Tags() = default;
  Tags(std::initializer_list<std::string_view> tags) {
    for (const std::string_view tag : tags) add(tag);
  }
  explicit Tags(TagsView tags) : encoded_(tags.encoded().begin(), tags.encoded().end()) {}

  /// A text too long for any tag is kept as its beginning, which is still too long.
  void add(std::string_view tag);

  /// Valid until the next `add`, and no longer than this, which is why a temporary gives none.
  [[nodiscard]] TagsView view() const& { return TagsView(encoded_); }
  TagsView view() const&& = delete;
  // NOLINTBEGIN(google-explicit-constructor): as a string gives its view
  operator TagsView() const& { return view(); }
  operator TagsView() const&& = delete;
  // NOLINTEND(google-explicit-constructor)

  friend bool operator==(const Tags&, const Tags&) = default;

 private:
  std::vector<std::byte> encoded_;
};

}  // namespace esker
