#include "programs/served.hpp"

#include <signal.h>

#include <algorithm>

#include "base/assert.hpp"

namespace esker::support {

namespace {

Command server_command(const std::string& data, std::vector<std::string> more,
                       std::uint64_t file_bytes_max) {
  Command command{
      {ESKER_ES_SERVER, "--data", data, "--listen", "127.0.0.1:0", "--grpc-listen", "none"},
      {},
      file_bytes_max};
  for (std::string& argument : more) command.arguments.push_back(std::move(argument));
  return command;
}

}  // namespace

Served::Served(const std::string& data, std::vector<std::string> more, std::uint64_t file_bytes_max)
    : process_(server_command(data, std::move(more), file_bytes_max)),
      first_line_(process_.error_line().value_or("nothing")) {
  constexpr std::string_view kHost = "127.0.0.1:";
  const std::size_t begin = first_line_.find(kHost);
  ESKER_ASSERT_VALUES(begin != std::string::npos, first_line_);
  const std::size_t end = first_line_.find_first_not_of("0123456789", begin + kHost.size());
  address_ = first_line_.substr(begin, end - begin);
}

Exit Served::stop() {
  process_.signal(SIGTERM);
  return process_.wait();
}

Finished cli(const std::string& address, std::vector<std::string> arguments,
             std::string_view input) {
  Command command{{ESKER_ES_CLI, "--server", address}, {}};
  for (std::string& argument : arguments) command.arguments.push_back(std::move(argument));
  return run(command, input);
}

bool is_one_line_of(std::string_view error, std::string_view program) {
  return error.starts_with(std::string(program) + ": ") && std::ranges::count(error, '\n') == 1 &&
         error.ends_with('\n');
}

}  // namespace esker::support
