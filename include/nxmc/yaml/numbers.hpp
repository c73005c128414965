// Numbers of a file, by the rules of YAML 1.2 and without its traps.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// Which numbers a key takes; `allowed` says so in words ("a number from 0 to 1").
struct NumberRule {
  std::string_view allowed;
  double low = std::numeric_limits<double>::lowest();
  double high = std::numeric_limits<double>::max();
  bool or_zero = false;  ///< 0 is allowed too, although it is below `low`
  bool whole = false;
  bool fraction = false;  ///< may be written as one of whole numbers: 1/3

  bool admits(double value) const;
};

/// Shortest decimal with at most 12 significant digits: 0.1 + 0.2 prints as 0.3.
std::string canonical_decimal(double value);

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
