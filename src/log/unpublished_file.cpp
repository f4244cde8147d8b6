#include "log/unpublished_file.hpp"

#include <utility>

#include "format/segment_ids.hpp"

namespace esker::log {

UnpublishedFile::UnpublishedFile(io::Directory& directory, std::string name)
    : directory_(directory),
      name_(std::move(name)),
      temporary_name_(name_ + std::string(format::kTemporarySuffix)) {}

Result<void> UnpublishedFile::create(const io::Site& create, const io::Site& empty) {
  ESKER_TRY(file_, directory_.open(temporary_name_, io::OpenMode::create_or_open, create));
  return file_->resize(0, empty);
}

Result<void> UnpublishedFile::rename(const io::Site& site) {
  ESKER_TRY(directory_.rename(temporary_name_, name_, site));
  renamed_ = true;
  return ok();
}

void UnpublishedFile::abandon(const io::Site& remove) {
  if (file_ == nullptr) return;
  file_.reset();
  if (renamed_) return;
  const Result<void> removed = directory_.remove(temporary_name_, remove);
  if (!removed) return;  // recovery will find it
}

}  // namespace esker::log
