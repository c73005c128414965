// The key `until` of a scan: how precisely averages shall be known.
#pragma once

#include <cstdint>

#include "axes.hpp"
#include "nxmc/campaign/campaign.hpp"
#include "nxmc/yaml/document.hpp"
#include "nxmc/yaml/problems.hpp"

namespace nxmc {

/// Problems for what is missing or wrong. \param measured_sweeps  of the first round
Until read_until(const YamlNode& node, std::uint64_t measured_sweeps, Problems& problems);

/// A problem for each quantity that no chain, or not every one, of the scan measures.
void check_until_is_measured(const YamlNode& node, const Scan& scan, const Grid& grid, Problems& problems);

}  // namespace nxmc
