// Stands in for libFuzzer where a target is built without it: tries each file that is named, and each in a folder that is named.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

int tried = 0;

void try_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::fprintf(stderr, "%s\n", path.c_str());  // the last line is the one that did it
  LLVMFuzzerTestOneInput(static_cast<const std::uint8_t*>(static_cast<const void*>(bytes.data())),
                         bytes.size());
  ++tried;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path = argv[i];
    if (!std::filesystem::is_directory(path)) {
      try_file(path);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(path)) try_file(entry.path());
  }
  std::printf("%d inputs\n", tried);
  return tried > 0 ? 0 : 1;
}
