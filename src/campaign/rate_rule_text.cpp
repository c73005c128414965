#include "nxmc/campaign/rate_rule_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include "nxmc/yaml/numbers.hpp"

namespace nxmc {
namespace {

constexpr std::string_view of_share = "share ";

RateRule read_rule(std::string_view text) {
  if (text == "metropolis") return {.kind = RateRule::Kind::metropolis};
  if (text == "heat_bath") return {.kind = RateRule::Kind::heat_bath};
  RateRule rule;
  if (text.starts_with(of_share)) std::from_chars(text.data() + of_share.size(), text.data() + text.size(), rule.share);
  return rule;
}

}  // namespace

std::string to_string(const RateRule& rule) {
  if (rule.kind == RateRule::Kind::metropolis) return "metropolis";
  if (rule.kind == RateRule::Kind::heat_bath) return "heat_bath";
  return rule == RateRule() ? "" : fmt::format("{}{}", of_share, canonical_decimal(rule.share));
}

RateRule parse_rate_rule(std::string_view text) {
  const RateRule rule = read_rule(text);
  if (to_string(rule) != text || !(rule.share >= 0 && rule.share <= 1))
    throw std::invalid_argument(fmt::format("'{}' is no rule of rates", text));
  return rule;
}

}  // namespace nxmc
