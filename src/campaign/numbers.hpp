// Numbers of the campaign file, by the rules of YAML 1.2 and without its traps.
#pragma once

#include <cstdint>
#include <optional>

#include "document.hpp"
#include "nxmc/campaign/schema.hpp"
#include "problems.hpp"

namespace nxmc {

/// Nearest number with 12 significant digits: what is computed with is exactly what names a job.
double round_to_12_digits(double value);

/// What is written at `node` as a number, whatever it is; nothing when it is none.
std::optional<double> number_of(const YamlNode& node);

/// The number at `node`, or the fraction where the rule has them; a problem and nothing when it is none or not allowed.
std::optional<double> read_unrounded(const YamlNode& node, const NumberRule& rule, Problems& problems);

/// The number at `node`, rounded to 12 digits; a problem and nothing when it is none or not allowed.
std::optional<double> read_number(const YamlNode& node, const NumberRule& rule, Problems& problems);

/// The same for whole numbers. \pre rule.whole, and 0 <= low, high <= 2^53
std::optional<std::uint64_t> read_count(const YamlNode& node, const NumberRule& rule, Problems& problems);

/// A whole number from 0 to 2^64-1, every digit kept.
std::optional<std::uint64_t> read_seed(const YamlNode& node, Problems& problems);

}  // namespace nxmc
