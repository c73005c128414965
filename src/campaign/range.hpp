// {from, to, step} and {from, to, points, scale}.
#pragma once

#include <vector>

#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/numbers.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// The values of a range, both ends included, each rounded to 12 significant digits; empty, with problems, when it is
/// wrong. \pre map.is_map()
std::vector<double> read_range(const YamlNode& map, const NumberRule& rule, Problems& problems);

}  // namespace nxmc
