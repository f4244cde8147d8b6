#include "shop_events.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <utility>

namespace esker::bench {
namespace {

constexpr std::array<std::string_view, 16> kFirstNames = {
    "Anna", "Bernd", "Clara", "David", "Elif", "Farid", "Greta", "Hiro",
    "Ines", "Jonas", "Katya", "Luis",  "Mei",  "Nils",  "Olga",  "Pedro"};
constexpr std::array<std::string_view, 12> kLastNames = {"Meyer",  "Schmidt", "Okafor",  "Tanaka",
                                                         "Rossi",  "Novak",   "Silva",   "Dubois",
                                                         "Larsen", "Khan",    "Ivanova", "Costa"};
constexpr std::array<std::string_view, 10> kCities = {
    "Berlin", "Hamburg", "Lyon", "Porto", "Osaka", "Lagos", "Krakow", "Oslo", "Madrid", "Turin"};
constexpr std::array<std::string_view, 8> kStreets = {
    "Hauptstrasse", "Rue de la Gare", "Via Roma",   "Lindenweg",
    "Calle Mayor",  "High Street",    "Kirchgasse", "Parkallee"};
constexpr std::array<std::string_view, 8> kGoods = {
    "USB-C cable 2 m, braided", "Desk lamp, LED, dimmable",
    "Notebook A5 dotted",       "Coffee beans, 1 kg, dark roast",
    "Running socks, 3 pairs",   "Water bottle 750 ml",
    "Bicycle light set",        "Cast iron pan 28 cm"};
constexpr std::array<std::string_view, 4> kCarriers = {"DHL", "UPS", "Hermes", "GLS"};
constexpr std::array<std::string_view, 3> kMethods = {"card", "paypal", "invoice"};

/// As many orders are on their way at any time.
constexpr std::size_t kOrdersOpen = 400;
constexpr std::size_t kUsersMax = 20'000;

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string member(std::string_view name, std::string_view value) {
  return quoted(name) + ':' + std::string(value);
}

}  // namespace

std::string Shop::uuid() {
  std::array<char, 37> text{};
  const std::uint64_t high = random_();
  const std::uint64_t low = random_();
  std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-%04x-%012llx",
                static_cast<unsigned>(high >> 32), static_cast<unsigned>(high >> 16 & 0xffff),
                static_cast<unsigned>(high & 0xfff),
                static_cast<unsigned>(0x8000 | (low >> 48 & 0x3fff)),
                static_cast<unsigned long long>(low & 0xffff'ffff'ffff));
  return text.data();
}

std::string Shop::amount(std::uint64_t units_max) {
  const std::uint64_t cents = 100 + below(units_max * 100);
  const std::string rest = std::to_string(cents % 100);
  return std::to_string(cents / 100) + (rest.size() == 1 ? ".0" : ".") + rest;
}

std::string Shop::address() {
  return "{" +
         member("name", quoted(std::string(kFirstNames[below(kFirstNames.size())]) + " " +
                               std::string(kLastNames[below(kLastNames.size())]))) +
         "," +
         member("street", quoted(std::string(kStreets[below(kStreets.size())]) + " " +
                                 std::to_string(1 + below(200)))) +
         "," + member("postalCode", quoted(std::to_string(10'000 + below(89'999)))) + "," +
         member("city", quoted(kCities[below(kCities.size())])) + "}";
}

std::string Shop::time() {
  const std::chrono::sys_time<std::chrono::milliseconds> at{
      std::chrono::milliseconds(milliseconds_)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(at - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "\"%04d-%02u-%02uT%02d:%02d:%02d.%03dZ\"",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::string Shop::placed(const Order& order) {
  std::string items;
  for (std::uint64_t item = 1 + below(4); item > 0; --item) {
    if (!items.empty()) items += ',';
    items += "{" + member("sku", quoted("SKU-" + std::to_string(10'000 + below(3000)))) + "," +
             member("name", quoted(kGoods[below(kGoods.size())])) + "," +
             member("quantity", std::to_string(1 + below(3))) + "," +
             member("unitPrice", amount(90)) + "}";
  }
  return "{" + member("orderId", quoted(order.id)) + "," +
         member("customerId", quoted(order.user)) + "," + member("placedAt", time()) + "," +
         member("currency", quoted("EUR")) + "," + member("items", "[" + items + "]") + "," +
         member("shippingAddress", address()) + "," +
         member("channel", below(2) == 0 ? quoted("web") : quoted("app")) + "}";
}

std::string Shop::paid(const Order& order) {
  return "{" + member("orderId", quoted(order.id)) + "," + member("paymentId", quoted(uuid())) +
         "," + member("method", quoted(kMethods[below(kMethods.size())])) + "," +
         member("amount", "{" + member("value", amount(300)) + "," +
                              member("currency", quoted("EUR")) + "}") +
         "," + member("capturedAt", time()) + "," + member("provider", quoted("stripe")) + "," +
         member("status", quoted("captured")) + "}";
}

std::string Shop::shipped(const Order& order) {
  return "{" + member("orderId", quoted(order.id)) + "," +
         member("carrier", quoted(kCarriers[below(kCarriers.size())])) + "," +
         member("trackingNumber",
                quoted("JD01" + std::to_string(1'000'000'000 + below(8'999'999'999)))) +
         "," + member("shippedAt", time()) + "," +
         member("warehouse", quoted("WH-" + std::to_string(below(6)))) + "," +
         member("parcels", std::to_string(1 + below(2))) + "}";
}

std::string Shop::delivered(const Order& order) {
  return "{" + member("orderId", quoted(order.id)) + "," + member("deliveredAt", time()) + "," +
         member("signedBy", quoted(std::string(kFirstNames[below(kFirstNames.size())]) + " " +
                                   std::string(kLastNames[below(kLastNames.size())]))) +
         "," + member("leftWithNeighbour", below(5) == 0 ? "true" : "false") + "}";
}

std::string Shop::metadata(const std::string& correlation, const std::string& user,
                           const char* service) {
  return "{" + member("correlationId", quoted(correlation)) + "," +
         member("causationId", quoted(uuid())) + "," + member("userId", quoted(user)) + "," +
         member("source", quoted(service)) + "," + member("schemaVersion", "3") + "}";
}

ShopEvent Shop::user_event() {
  ShopEvent event;
  const bool is_new = users_.empty() || (users_.size() < kUsersMax && below(2) == 0);
  if (is_new) users_.push_back(uuid());
  const std::string& user = is_new ? users_.back() : users_[below(users_.size())];
  event.stream = "user-" + user;
  event.type = is_new ? "UserRegistered" : "AddressChanged";
  event.data = "{" + member("userId", quoted(user)) + "," +
               member("email", quoted("u" + std::to_string(below(1'000'000)) + "@example.com")) +
               "," + member("address", address()) + "," + member("at", time()) + "}";
  event.metadata = metadata(uuid(), user, "account-service");
  return event;
}

ShopEvent Shop::next() {
  milliseconds_ += below(400);
  if (users_.empty() || below(12) == 0) return user_event();
  if (orders_.size() < kOrdersOpen || below(4) == 0) {
    orders_.push_back({uuid(), users_[below(users_.size())]});
  }
  const std::size_t index = below(orders_.size());
  Order& order = orders_[index];
  ShopEvent event;
  event.stream = "order-" + order.id;
  event.metadata =
      metadata(order.id, order.user, order.step == 1 ? "payment-service" : "order-service");
  switch (order.step++) {
    case 0:
      event.type = "OrderPlaced";
      event.data = placed(order);
      break;
    case 1:
      event.type = "PaymentCaptured";
      event.data = paid(order);
      break;
    case 2:
      event.type = "OrderShipped";
      event.data = shipped(order);
      break;
    default:
      event.type = "OrderDelivered";
      event.data = delivered(order);
      std::swap(order, orders_.back());
      orders_.pop_back();
  }
  return event;
}

}  // namespace esker::bench
