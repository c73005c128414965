// The key `refine` of a scan: points that the campaign places itself.
#pragma once

#include <optional>

#include "axes.hpp"
#include "document.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "problems.hpp"

namespace nxmc {

AxisKey key_of(RefinedAxis axis);
/// A word for one.
std::optional<RefinedAxis> read_refined_axis(const YamlNode& node, Problems& problems);

/// Nothing, with problems, where something is missing or wrong.
std::optional<Refine> read_refine(const YamlNode& node, Problems& problems);

/// Problems where the axis gives no range, or the scan keeps nothing to decide from.
void check_refine(const YamlNode& node, const Scan& scan, const Grid& grid, Problems& problems);

}  // namespace nxmc
