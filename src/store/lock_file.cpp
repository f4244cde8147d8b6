#include "store/lock_file.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "esker/event.hpp"

namespace esker::store {
namespace {

constexpr io::Site kLockOpen{"store.lock_open"};
constexpr io::Site kLockTake{"store.lock_take"};
constexpr io::Site kLockSize{"store.lock_size"};
constexpr io::Site kLockRead{"store.lock_read"};
constexpr io::Site kLockWrite{"store.lock_write"};

/// The owner's text is padded with spaces to one length, so that a new one covers an old one without cutting the file.
constexpr std::size_t kOwnerBytes = 64;

std::string read_owner(io::File& file) {
  std::array<char, kOwnerBytes> text{};
  const Result<std::uint64_t> size = file.size(kLockSize);
  if (!size || size.assume_value() < kOwnerBytes) return {};
  if (!file.read_at(FileOffset(), std::as_writable_bytes(std::span(text)), kLockRead)) return {};
  const std::string_view owner(text.data(), text.size());
  const bool printable = std::all_of(owner.begin(), owner.end(),
                                     [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; });
  if (!printable) return {};
  const std::size_t last = owner.find_last_not_of(" \n");
  return last == std::string_view::npos ? std::string() : std::string(owner.substr(0, last + 1));
}

Result<void> write_owner(io::File& file, std::string_view owner) {
  std::string text(owner.substr(0, kOwnerBytes - 1));
  text.resize(kOwnerBytes - 1, ' ');
  text += '\n';
  return file.write_at(FileOffset(), as_bytes(text), kLockWrite);
}

}  // namespace

Result<LockFile> LockFile::take(io::Directory& directory, std::string_view owner) {
  ESKER_TRY(std::unique_ptr<io::File> file,
            directory.open(kLockFileName, io::OpenMode::create_or_open, kLockOpen));
  ESKER_TRY(const bool taken, file->try_lock(kLockTake));
  if (!taken) {
    std::string who = read_owner(*file);
    if (who.empty()) who = "another process";
    return Error(Errc::locked, who + " has the store in " + directory.path() +
                                   " open: stop it, or use another directory");
  }
  // The text is only a courtesy: a full disk must not keep a store from being opened for reading.
  if (Result<void> written = write_owner(*file, owner); !written) {
    if (written.assume_error().code() != Errc::no_space) return std::move(written).assume_error();
  }
  return LockFile(std::move(file));
}

std::string LockFile::owner(io::Directory& directory) {
  const Result<std::unique_ptr<io::File>> file =
      directory.open(kLockFileName, io::OpenMode::read_only, kLockOpen);
  return file ? read_owner(*file.assume_value()) : std::string();
}

}  // namespace esker::store
