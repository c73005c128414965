// `along` of `refine` and of `ladder`, and whether the points of a scan make up a line along it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "axes.hpp"
#include "nxmc/campaign/line_axis.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

AxisKey key_of(LineAxis axis);
/// `along` of a mapping; nothing, with a problem, where it is missing or wrong.
std::optional<LineAxis> read_along(const YamlNode& map, Problems& problems);
/// One axis, or two that differ, in the order of Physics; none, with a problem, where it is missing or wrong.
std::vector<LineAxis> read_one_or_two_along(const YamlNode& map, Problems& problems);
/// Why the points of a scan make no line along an axis; empty where they do, and where it is said elsewhere.
/// \param what  two values are for: "which are its rungs"
std::string why_no_line(LineAxis axis, Ensemble ensemble, const Grid& grid, std::string_view what);

}  // namespace nxmc
