#include "common/events.hpp"

#include <cstdio>
#include <cstring>
#include <random>

namespace esker::peers {

namespace {

std::uint64_t random_number() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace

Event next_event() {
  static const std::uint64_t run = random_number();
  static std::uint64_t last = 0;  // a driver has one thread
  // The counter is spread over the bits, so that ids are as far apart as random ones.
  const std::uint64_t spread = ++last * 0x9e3779b97f4a7c15ULL;
  Event event;
  std::memcpy(event.id.data(), &run, sizeof run);
  std::memcpy(event.id.data() + 8, &spread, sizeof spread);

  std::array<char, 96> head{};
  std::snprintf(head.data(), head.size(),
                R"({"order":"%016llx","customer":"c-1029","total":4213,"currency":"EUR","note":")",
                static_cast<unsigned long long>(last));
  event.data = head.data();
  event.data.resize(kEventBytes - 2, 'x');
  event.data += "\"}";
  return event;
}

std::string id_text(const std::array<unsigned char, 16>& id) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[id[i] >> 4];
    text += digits[id[i] & 15];
  }
  return text;
}

std::string stream_name(const std::string& run, std::uint64_t number) {
  return "order-" + run + "." + std::to_string(number);
}

void StreamWriter::advance(std::uint64_t events) {
  if (stream_.empty() || end_ + events > kStreamEvents) {
    stream_ = stream_name(run_, next_);
    next_ += clients_;
    end_ = 0;
  }
  version_ = end_;
  end_ += events;
}

}  // namespace esker::peers
