#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esker::base {

/// Where to listen or connect to.
struct HostPort {
  std::string host;  ///< A name, an IPv4 address, or an IPv6 address without its brackets.
  std::uint16_t port = 0;
};

/// Reads "HOST:PORT" or "[IPV6]:PORT"; nothing when `text` is not that. The host is not looked at beyond not being empty and holding
/// no colon outside brackets.
std::optional<HostPort> parse_host_port(std::string_view text);

/// The same form back, with brackets around a host with colons.
std::string to_string(const HostPort& address);

}  // namespace esker::base
