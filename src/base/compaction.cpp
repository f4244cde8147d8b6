#include "esker/compaction.hpp"

namespace esker {

const char* stream_class_name(StreamClass stream_class) {
  switch (stream_class) {
    case StreamClass::application:
      return "application";
    case StreamClass::metadata:
      return "metadata";
    case StreamClass::snapshots:
      return "snapshots";
    case StreamClass::checkpoints:
      return "checkpoints";
  }
  return "unknown";
}

}  // namespace esker
