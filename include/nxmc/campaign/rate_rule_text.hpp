// Rules of rates in words: what names jobs that have others than the papers', and stands in archives.
#pragma once

#include <string>
#include <string_view>

#include "nxmc/engine/rate_rule.hpp"

namespace nxmc {

/// "metropolis", "heat_bath", "share 0.3"; empty for exp(-Delta E / 2 k_BT).
std::string to_string(const RateRule& rule);

/// Back, from exactly such a text.
/// \throws std::invalid_argument if it is none
RateRule parse_rate_rule(std::string_view text);

}  // namespace nxmc
