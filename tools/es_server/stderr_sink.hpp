#pragma once

#include <spdlog/sinks/base_sink.h>

#include <cstdint>
#include <mutex>

namespace esker::tools {

/// Standard error as a place for the log that never makes who logs wait: the server's threads serve everybody, and a pipe whose reader
/// has stopped would stop them all.
///
/// A line that does not fit into the pipe now is left out, and the next one that does says how many were. Files and terminals take
/// lines as they come.
class StderrSink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  std::uint64_t left_out_ = 0;
};

}  // namespace esker::tools
