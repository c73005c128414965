// The key `refine` of a scan: points that the campaign places itself.
#pragma once

#include <optional>

#include "axes.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// Nothing, with problems, where something is missing or wrong.
std::optional<Refine> read_refine(const YamlNode& node, Problems& problems);

/// Problems where the axis gives no range, or the scan keeps nothing to decide from.
void check_refine(const YamlNode& node, const Scan& scan, Ensemble ensemble, const Grid& grid, Problems& problems);

}  // namespace nxmc
