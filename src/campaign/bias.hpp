// `bias`: flat histograms over windows of an order parameter, whose chains exchange configurations.
#pragma once

#include <optional>
#include <vector>

#include "axes.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

std::optional<ScanBias> read_bias(const YamlNode& node, Problems& problems);
/// That there is something to level, and chains that can be. \pre scan.bias
void check_bias(const YamlNode& node, const Scan& scan, Ensemble ensemble, const Grid& grid, Problems& problems);

/// Each point becomes the windows of its crystal, which are a ladder.
void open_windows(const ScanBias& bias, std::vector<Point>& points);

}  // namespace nxmc
