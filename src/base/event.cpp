#include "esker/event.hpp"

namespace esker {

std::string_view category_of(std::string_view stream) { return stream.substr(0, stream.find('-')); }

}  // namespace esker
