#define PCRE2_CODE_UNIT_WIDTH 8

#include "server/grpc/name_filter.hpp"

#include <pcre2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace esker::server::kurrent {
namespace {

constexpr std::size_t kExpressionBytesMax = 4096;
constexpr std::size_t kPrefixesMax = 1024;
/// Steps of one match. A name has 512 bytes at most: what is harmless takes some hundreds.
constexpr std::uint32_t kStepsMax = 100'000;
constexpr std::uint32_t kDepthMax = 1'000;
constexpr std::uint32_t kHeapKibibytesMax = 1'024;

Error invalid(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  std::string message;
  for (const PCRE2_UCHAR unit : text) {
    if (unit == 0) break;
    message += static_cast<char>(unit);
  }
  return message;
}

struct Freed {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};

PCRE2_SPTR units_of(std::string_view text) {
  return static_cast<PCRE2_SPTR>(static_cast<const void*>(text.data()));
}

}  // namespace

struct NameFilter::Expression {
  std::unique_ptr<pcre2_code, Freed> code;
  std::unique_ptr<pcre2_match_data, Freed> match;
  std::unique_ptr<pcre2_match_context, Freed> context;
};

NameFilter::NameFilter(Of of, std::vector<std::string> prefixes,
                       std::unique_ptr<Expression> expression)
    : of_(of), prefixes_(std::move(prefixes)), expression_(std::move(expression)) {}
NameFilter::NameFilter(NameFilter&&) noexcept = default;
NameFilter& NameFilter::operator=(NameFilter&&) noexcept = default;
NameFilter::~NameFilter() = default;

Result<NameFilter> NameFilter::matching(Of of, std::string_view expression) {
  if (expression.size() > kExpressionBytesMax) {
    return invalid("the filter's regular expression has " + std::to_string(expression.size()) +
                   " bytes, at most " + std::to_string(kExpressionBytesMax) + " are allowed");
  }
  int code = 0;
  PCRE2_SIZE at = 0;
  auto made = std::make_unique<Expression>();
  // Letters and digits of all languages, as in the expressions of the server that clients were made for.
  constexpr std::uint32_t kOptions =
      PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE;
  made->code.reset(
      pcre2_compile(units_of(expression), expression.size(), kOptions, &code, &at, nullptr));
  if (made->code == nullptr) {
    return invalid("the filter's regular expression is none: " + message_of(code) +
                   ", at character " + std::to_string(at));
  }
  // Where there is no compiler for the machine, matching is slower and that is all.
  pcre2_jit_compile(made->code.get(), PCRE2_JIT_COMPLETE);
  made->match.reset(pcre2_match_data_create(1, nullptr));
  made->context.reset(pcre2_match_context_create(nullptr));
  if (made->match == nullptr || made->context == nullptr) throw std::bad_alloc();
  pcre2_set_match_limit(made->context.get(), kStepsMax);
  pcre2_set_depth_limit(made->context.get(), kDepthMax);
  pcre2_set_heap_limit(made->context.get(), kHeapKibibytesMax);
  return NameFilter(of, {}, std::move(made));
}

Result<NameFilter> NameFilter::beginning(Of of, std::vector<std::string> prefixes) {
  if (prefixes.empty()) return invalid("the filter has neither prefixes nor a regular expression");
  if (prefixes.size() > kPrefixesMax) {
    return invalid("the filter has " + std::to_string(prefixes.size()) + " prefixes, at most " +
                   std::to_string(kPrefixesMax) + " are allowed");
  }
  return NameFilter(of, std::move(prefixes), nullptr);
}

Result<bool> NameFilter::selects(std::string_view stream, std::string_view type) const {
  const std::string_view name = of_ == Of::stream ? stream : type;
  if (expression_ == nullptr) {
    return std::ranges::any_of(
        prefixes_, [name](const std::string& prefix) { return name.starts_with(prefix); });
  }
  // Names have been checked when they were appended.
  const int found =
      pcre2_match(expression_->code.get(), units_of(name), name.size(), 0, PCRE2_NO_UTF_CHECK,
                  expression_->match.get(), expression_->context.get());
  if (found >= 0) return true;
  if (found == PCRE2_ERROR_NOMATCH) return false;
  return invalid("the filter's regular expression takes too long for \"" + std::string(name) +
                 "\": " + message_of(found));
}

}  // namespace esker::server::kurrent
