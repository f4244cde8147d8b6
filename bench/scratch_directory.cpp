#include "scratch_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace esker::bench {

ScratchDirectory::ScratchDirectory(const std::string& parent) : path_(parent + "/es-bench-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error("cannot make a directory in " + parent +
                             "; choose one with --directory");
  }
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;  // what cannot be removed is left, and named es-bench-…
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace esker::bench
