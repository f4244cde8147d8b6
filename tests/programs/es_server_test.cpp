#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>

#include "programs/served.hpp"

namespace esker::support {
namespace {

/// Runs es-server where it is expected to end by itself.
Finished run_server(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  arguments.insert(arguments.begin(), ESKER_ES_SERVER);
  if (std::ranges::find(arguments, "--grpc-listen") == arguments.end()) {
    environment.push_back("ESKER_GRPC_LISTEN=none");
  }
  return run({std::move(arguments), std::move(environment)});
}

TEST_SUITE("programs") {
  TEST_CASE("es_server: the first line says what is served, where, how, and within what bounds") {
    const TemporaryDirectory directory;
    Served served(directory / "data", {"--durability", "interval:50"});
    for (const std::string_view part : {"es-server ", "listens on 127.0.0.1:",
                                        "durability interval:50", "a new store", "memory"}) {
      CAPTURE(part);
      CHECK(served.first_line().find(part) != std::string::npos);
    }
    CHECK(served.stop() == Exit{0, 0});
    CHECK(served.process().rest_of_error().find("stopped in order") != std::string::npos);
  }

  TEST_CASE("es_server: what was appended is there when it is started again") {
    const TemporaryDirectory directory;
    {
      Served served(directory / "data");
      CHECK(cli(served.address(), {"append", "order-1", "OrderPlaced", "{}"}).exit.code == 0);
      CHECK(served.stop() == Exit{0, 0});
    }
    Served served(directory / "data");
    CHECK(served.first_line().find("found 1 event in 1 segment, closed in order") !=
          std::string::npos);
    CHECK(cli(served.address(), {"read", "order-1"}).output.find("order-1@1") != std::string::npos);
  }

  TEST_CASE("es_server: SIGINT ends it in order too") {
    const TemporaryDirectory directory;
    Served served(directory / "data");
    served.process().signal(SIGINT);
    CHECK(served.process().wait() == Exit{0, 0});
  }

  // F11.
  TEST_CASE("es_server: it promises no more connections than it has descriptors for") {
    const TemporaryDirectory directory;
    const auto with_descriptors = [&](const std::string& count) {
      return Process({"/bin/sh", "-c", R"(ulimit -n "$0"; exec "$@")", count, ESKER_ES_SERVER,
                      "--data", directory / "data", "--listen", "127.0.0.1:0", "--grpc-listen",
                      "none"});
    };
    Process few = with_descriptors("256");
    CHECK(few.error_line().value_or("").find("listens on") != std::string::npos);
    const std::string warning = few.error_line().value_or("");
    CHECK(warning.find("warning serves at most 1") != std::string::npos);
    CHECK(warning.find("connections, not 1024") != std::string::npos);
    few.signal(SIGTERM);
    CHECK(few.wait() == Exit{0, 0});
    Process none = with_descriptors("40");
    CHECK(is_one_line_of(none.rest_of_error(), "es-server"));
    CHECK(none.wait() == Exit{4, 0});
  }

  TEST_CASE("es_server: a second one on the same directory is refused") {
    const TemporaryDirectory directory;
    Served served(directory / "data");
    const Finished second = run_server({"--data", directory / "data", "--listen", "127.0.0.1:0"});
    CHECK(second.exit == Exit{4, 0});
    CHECK(is_one_line_of(second.error, "es-server"));
    CHECK(second.error.find(std::to_string(served.process().id())) != std::string::npos);
  }

  TEST_CASE("es_server: an address in use is refused") {
    const TemporaryDirectory directory;
    const Served served(directory / "data");
    const Finished second =
        run_server({"--data", directory / "other", "--listen", served.address()});
    CHECK(second.exit == Exit{1, 0});
    CHECK(is_one_line_of(second.error, "es-server"));
    CHECK(second.error.find(served.address()) != std::string::npos);
  }

  TEST_CASE("es_server: a public address is refused as long as nobody says otherwise") {
    const TemporaryDirectory directory;
    for (const std::string_view address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:7411"}) {
      CAPTURE(address);
      const Finished refused =
          run_server({"--data", directory / "data", "--listen", std::string(address)});
      CHECK(refused.exit == Exit{2, 0});
      CHECK(is_one_line_of(refused.error, "es-server"));
      CHECK(refused.error.find("--allow-public") != std::string::npos);
    }
  }

#ifdef ESKER_GRPC
  TEST_CASE("es_server: clients of KurrentDB are served beside, on an address of their own") {
    const TemporaryDirectory directory;
    Served served(directory / "data", {"--grpc-listen", "127.0.0.1:0,[::1]:0"});
    constexpr std::string_view kTold = "and for KurrentDB's clients on 127.0.0.1:";
    CHECK(served.first_line().find(kTold) != std::string::npos);
    CHECK(cli(served.address(), {"append", "order-1", "OrderPlaced", "{}"}).exit.code == 0);
    CHECK(served.stop() == Exit{0, 0});
  }

  TEST_CASE("es_server: an address for KurrentDB's clients is refused like any other") {
    const TemporaryDirectory directory;
    const auto refused = [&](const std::string& address) {
      const Finished finished = run_server(
          {"--data", directory / "data", "--listen", "127.0.0.1:0", "--grpc-listen", address});
      CHECK(is_one_line_of(finished.error, "es-server"));
      return finished;
    };
    CHECK(refused("0.0.0.0:0").exit == Exit{2, 0});
    CHECK(refused("nowhere").exit == Exit{2, 0});
    const Served served(directory / "other");
    const Finished in_use = refused(served.address());
    CHECK(in_use.exit == Exit{1, 0});
    CHECK(in_use.error.find("--grpc-listen: cannot listen on " + served.address()) !=
          std::string::npos);
  }
#else
  TEST_CASE("es_server: without gRPC it cannot listen for it, and says so") {
    const TemporaryDirectory directory;
    const Finished refused =
        run_server({"--data", directory / "data", "--grpc-listen", "127.0.0.1:0"});
    CHECK(refused.exit == Exit{2, 0});
    CHECK(is_one_line_of(refused.error, "es-server"));
    CHECK(refused.error.find("built without gRPC") != std::string::npos);
  }
#endif

  TEST_CASE("es_server: a wrong command line is one line and 2") {
    const TemporaryDirectory directory;
    const std::string data = directory / "data";
    const std::vector<std::vector<std::string>> wrong = {
        {},
        {"--data"},
        {"--data", data, "--other"},
        {"--data", data, "more"},
        {"--data", data, "--durability", "sometimes"},
        {"--data", data, "--durability", "interval:0"},
        {"--data", data, "--segment-bytes", "many"},
        {"--data", data, "--segment-bytes", "1"},
        {"--data", data, "--threads", "-1"},
        {"--data", data, "--listen", "nowhere"},
        {"--data", data, "--log-level", "loud"},
        {"--data", data, "--config", directory / "missing"}};
    for (const std::vector<std::string>& arguments : wrong) {
      CAPTURE(arguments.size());
      CAPTURE(arguments.empty() ? std::string() : arguments.back());
      const Finished refused = run_server(arguments);
      CHECK(refused.exit == Exit{2, 0});
      CHECK(refused.output.empty());
      CHECK(is_one_line_of(refused.error, "es-server"));
    }
  }

  TEST_CASE("es_server: a directory that cannot be made is one line and 2") {
    const TemporaryDirectory directory;
    std::ofstream(directory / "file") << "in the way";
    const Finished refused =
        run_server({"--data", directory / "file/data", "--listen", "127.0.0.1:0"});
    CHECK(refused.exit == Exit{2, 0});
    CHECK(is_one_line_of(refused.error, "es-server"));
  }

  TEST_CASE("es_server: the file and the environment are read, the command line goes first") {
    const TemporaryDirectory directory;
    std::ofstream(directory / "config") << "durability = \"none\"\nsegment-bytes = \"1MiB\"\n";
    {
      Served served(directory / "data", {"--config", directory / "config"});
      CHECK(served.first_line().find("durability none") != std::string::npos);
    }
    {
      Served served(directory / "data",
                    {"--config", directory / "config", "--durability", "interval:7"});
      CHECK(served.first_line().find("durability interval:7") != std::string::npos);
    }
    std::ofstream(directory / "config") << "unknown = 1\n";
    CHECK(run_server({"--data", directory / "data", "--config", directory / "config"}).exit.code ==
          2);
    Process from_environment(
        Command{{ESKER_ES_SERVER},
                {"ESKER_DATA=" + (directory / "data"), "ESKER_LISTEN=127.0.0.1:0",
                 "ESKER_GRPC_LISTEN=none", "ESKER_DURABILITY=none"}});
    CHECK(from_environment.error_line()->find("durability none") != std::string::npos);
  }

  TEST_CASE("es_server: help and version go to standard output") {
    const Finished help = run_server({"--help"});
    CHECK(help.exit == Exit{0, 0});
    CHECK(help.output.find("--durability") != std::string::npos);
    CHECK(help.output.find("no authentication") != std::string::npos);
    CHECK(help.error.empty());
    const Finished version = run_server({"--version"});
    CHECK(version.exit == Exit{0, 0});
    CHECK(version.output.starts_with("es-server "));
  }
}

}  // namespace
}  // namespace esker::support
