#pragma once

#include <cstddef>

/// Offsets in a record's header; format-spec.md, "Record".
namespace esker::format::record_layout {

inline constexpr std::size_t kChecksum = 0;
inline constexpr std::size_t kLength = 4;
inline constexpr std::size_t kPosition = 8;
inline constexpr std::size_t kVersion = 16;
inline constexpr std::size_t kTime = 24;
inline constexpr std::size_t kId = 32;
inline constexpr std::size_t kDataBytes = 48;
inline constexpr std::size_t kDurableLag = 52;
inline constexpr std::size_t kStreamBytes = 56;
inline constexpr std::size_t kTypeBytes = 58;
inline constexpr std::size_t kTagsBytes = 60;
inline constexpr std::size_t kFlags = 62;

}  // namespace esker::format::record_layout
