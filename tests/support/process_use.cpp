#include "support/process_use.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/assert.hpp"

namespace esker::support {

ProcessUse use_of(pid_t process) {
  const std::string directory = "/proc/" + std::to_string(process);
  ProcessUse use;
  std::ifstream status(directory + "/status");
  for (std::string line; std::getline(status, line);) {
    constexpr std::string_view kAnonymous = "RssAnon:";
    if (line.starts_with(kAnonymous))
      use.memory_bytes = std::stoull(line.substr(kAnonymous.size())) << 10;
  }
  ESKER_ASSERT_VALUES(use.memory_bytes != 0, directory);
  const std::filesystem::directory_iterator descriptors(directory + "/fd");
  use.descriptors = static_cast<std::uint64_t>(std::distance(begin(descriptors), end(descriptors)));
  return use;
}

}  // namespace esker::support
