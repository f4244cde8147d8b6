#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "esker/event.hpp"

namespace esker::bench {

/// An event of a shop, with the bytes that a `NewEvent` points into.
struct ShopEvent {
  std::string stream;
  std::string type;
  std::string data;
  std::string metadata;
};

/// JSON events as a shop writes them: orders that are placed, paid, shipped and delivered, hundreds of them at once and in any order; users
/// that register and change their addresses. Ids are random UUIDs, names, goods, amounts, addresses, times and who caused what differ from
/// event to event, and every event has the metadata that services add. One seed makes the same events.
class Shop {
 public:
  explicit Shop(std::uint64_t seed) : random_(seed) {}

  ShopEvent next();

 private:
  struct Order {
    std::string id;
    std::string user;
    int step = 0;
  };

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::string uuid();
  std::string amount(std::uint64_t units_max);
  std::string address();
  std::string time();
  std::string placed(const Order& order);
  std::string paid(const Order& order);
  std::string shipped(const Order& order);
  std::string delivered(const Order& order);
  ShopEvent user_event();
  std::string metadata(const std::string& correlation, const std::string& user,
                       const char* service);

  std::mt19937_64 random_;
  std::uint64_t milliseconds_ = 1'780'000'000'000;
  std::vector<std::string> users_;
  std::vector<Order> orders_;  // on their way
};

}  // namespace esker::bench
